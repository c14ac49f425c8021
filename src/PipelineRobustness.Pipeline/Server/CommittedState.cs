using System.Collections.Immutable;
using PipelineRobustness.Pipeline.Messages;
using PipelineRobustness.Pipeline.Ports;
using PipelineRobustness.Pipeline.Referee;
using PipelineRobustness.Pipeline.Verification;

namespace PipelineRobustness.Pipeline.Server;

/// <summary>What is committed, as far as this server knows: what <see cref="ServerState"/> carries to the next one.</summary>
internal sealed record CommittedState
{
    /// <summary>Iterations committed.</summary>
    public long Version { get; init; }

    /// <summary>The node of each stage; empty until the first placement.</summary>
    public ImmutableArray<NodeId> Placement { get; init; } = [];

    /// <summary>State digest of each block at <see cref="DigestsVersion"/>.</summary>
    public ImmutableArray<UInt128> Digests { get; init; } = [];

    /// <summary>The version of the digests: <see cref="Version"/>, one ahead while stepped copies are repaired, or not known (-1).</summary>
    public long DigestsVersion { get; init; } = -1;

    /// <summary>Attempts that the committed iterations took.</summary>
    public long Attempts { get; init; }

    /// <summary>Lines of the event log that belong to <see cref="Version"/>.</summary>
    public long EventLogLength { get; init; }

    /// <summary>The state of each stage's detector at <see cref="Version"/>; empty if the detectors are stateless.</summary>
    public ImmutableArray<DetectorState> Detectors { get; init; } = [];

    /// <summary>The rulings of the run. They are never forgotten, also not by going back to a checkpoint.</summary>
    public Rulings Rulings { get; init; } = Rulings.None;

    /// <summary>Time spent on committed iterations.</summary>
    public TimeSpan Trained { get; init; }

    /// <summary>The newest commit that was sent or reported; at most one version ahead of <see cref="Version"/>.</summary>
    public Commit? Last { get; init; }

    /// <summary>Whether the digests are those of the committed version.</summary>
    public bool HasDigests => DigestsVersion == Version;

    /// <summary>The commit that led to this version, if known.</summary>
    public Commit? Reached => Last?.State.Version == Version ? Last : null;

    /// <summary>
    /// The same with what holders report: the highest version, since what one holder has stepped to, all step to, and what the
    /// server that committed it knew.
    /// </summary>
    public CommittedState Learn(IReadOnlyCollection<StageState> holders)
    {
        if (holders.Count == 0) return this;
        var version = holders.Max(holder => holder.Version);
        var last = holders.Select(holder => holder.Last).FirstOrDefault(commit => commit?.State.Version == version) ?? Last;
        var learned = this with { Version = version, Last = last };
        if (learned.Reached is { } reached) learned = learned.Adopt(reached.State);
        else if (holders.FirstOrDefault(holder => holder.Version == version && holder.State is not null)?.State is { } state) learned = learned.Adopt(state);
        return learned.HasDigests ? learned : learned.AdoptVouched(holders.Where(holder => holder.Version == version));
    }

    // A pass began with it, so that every stage was told. Where one was not, or of another state, some of them may say so falsely.
    private CommittedState AdoptVouched(IEnumerable<StageState> holders)
    {
        var told = holders.Select(holder => holder.Vouched?.Version == Version ? holder.Vouched.Digests : default).ToArray();
        return told is [{ IsDefault: false } digests, ..] && Array.TrueForAll(told, one => !one.IsDefault && one.SequenceEqual(digests))
            ? this with { Digests = digests, DigestsVersion = Version } : this;
    }

    /// <summary>The same after going back to a checkpoint, or without one to version 0.</summary>
    public CommittedState BackTo(CheckpointManifest? checkpoint)
    {
        var back = this with { Version = checkpoint?.Version ?? 0, DigestsVersion = -1, Last = null };
        return checkpoint is null ? back with { Detectors = [] } : back.Adopt(checkpoint.State);
    }

    /// <summary>What rides on a commit or a checkpoint.</summary>
    public ServerState At(Ballot ballot, long version, TimeSpan trained, ImmutableArray<DetectorState> detectors) => new(
        ballot, version, Placement, Attempts, Digests, trained, EventLogLength, detectors, Rulings);

    // This server's clock may be ahead of what it reported, never behind.
    private CommittedState Adopt(ServerState state) => this with
    {
        Attempts = state.Attempts,
        EventLogLength = state.EventLogLength,
        Detectors = state.Detectors,
        Rulings = Rulings.Later(Rulings, state.Rulings),
        Trained = state.Trained > Trained ? state.Trained : Trained,
    };
}
