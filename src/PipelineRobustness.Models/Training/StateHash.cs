namespace PipelineRobustness.Models.Training;

/// <summary>What the digest of a block's state is computed by.</summary>
public enum StateHash
{
    /// <summary>XXH128: finds a state that was changed by accident.</summary>
    Xxh128,

    /// <summary>The first 128 bits of SHA-256: nobody can make another state of a given digest.</summary>
    Sha256,
}
