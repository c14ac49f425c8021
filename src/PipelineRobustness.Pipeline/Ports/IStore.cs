using System.Collections.Immutable;
using PipelineRobustness.Models;
using PipelineRobustness.Models.Shape;
using PipelineRobustness.Models.Training;
using PipelineRobustness.Pipeline.Messages;
using PipelineRobustness.Pipeline.Server;

namespace PipelineRobustness.Pipeline.Ports;

/// <summary>What makes a checkpoint valid: written last, when every shard is on the disk.</summary>
/// <param name="Run">The run's name.</param>
/// <param name="Version">Iterations committed.</param>
/// <param name="Ballot">The server under which it was written: a lower one never replaces a higher one.</param>
/// <param name="Shards">Every block's shard.</param>
/// <param name="State">The server's state.</param>
[Wire("MF", 4)]
public sealed record CheckpointManifest(
    string Run, long Version, Ballot Ballot, ImmutableArray<ShardSeal> Shards, ServerState State)
{
    /// <summary>Whether all its weights and moments are finite.</summary>
    public bool IsFinite => Shards.All(shard => shard.IsFinite);

    /// <summary>The same for a run of so many stages: what the detectors of another cut remembered is of no use to its own.</summary>
    internal CheckpointManifest ForStages(int stages) =>
        State.Detectors.Length == stages ? this : this with { State = State with { Detectors = [] } };
}

/// <summary>A shard: one block's parameters, moments and step counts, keyed by parameter name.</summary>
/// <param name="Block">The block.</param>
/// <param name="File">File name within the checkpoint's folder.</param>
/// <param name="Sha256">Of the file, in lower-case hex.</param>
/// <param name="StateDigest">The state's digest, as the holder reported it at the commit.</param>
/// <param name="IsFinite">Whether all its weights and moments are finite.</param>
[Wire("SH", 2)]
public sealed record ShardSeal(int Block, string File, string Sha256, UInt128 StateDigest, bool IsFinite = true);

/// <summary>
/// The port to the disk. Writes answer through the callback, on any thread; a failure is an answer, not an exception. Reads
/// block, since they happen when nothing else is running. A deployment plugs in a folder that all nodes see.
/// </summary>
public interface IStore
{
    /// <summary>Writes a block's shard and takes ownership of the state. Answers with its seal or the error.</summary>
    void Write(string run, long version, Ballot ballot, BlockState state, UInt128 digest, Action<ShardSeal?, string?> done);

    /// <summary>
    /// Writes the manifest and deletes the oldest checkpoints, but for the newest one that is finite. Answers with the error, or null.
    /// </summary>
    void Seal(CheckpointManifest manifest, Action<string?> done);

    /// <summary>
    /// The run's complete checkpoints, newest first; every shard's checksum is verified. A damaged checkpoint is left out and
    /// reported to <paramref name="damaged"/> in one line.
    /// </summary>
    IEnumerable<CheckpointManifest> Whole(string run, Action<string> damaged);

    /// <summary>Reads a block's state, for any cut, from a complete checkpoint; the caller owns it.</summary>
    /// <exception cref="BadInputException">A file was changed or lost meanwhile; the message names it.</exception>
    BlockState Read(CheckpointManifest manifest, BlockRange range, ModelConfig model);
}
