namespace PipelineRobustness.Pipeline.Convictions;

/// <summary>What a verification comes to; its number is the exit code.</summary>
public enum EvidenceVerdict
{
    /// <summary>It holds.</summary>
    Holds = 0,

    /// <summary>It does not hold.</summary>
    Fails = 3,

    /// <summary>It cannot be said, since this machine computes otherwise.</summary>
    OtherMachine = 4,
}

/// <summary>The result of a verification.</summary>
/// <param name="Verdict">What it comes to.</param>
/// <param name="Line">Why, in one line.</param>
public sealed record EvidenceResult(EvidenceVerdict Verdict, string Line)
{
    /// <summary>It does not hold.</summary>
    public static EvidenceResult Fails(string expected, string found) => new(EvidenceVerdict.Fails, $"expected {expected}, found {found}");
}
