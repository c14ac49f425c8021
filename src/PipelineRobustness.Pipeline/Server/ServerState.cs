using System.Collections.Immutable;
using PipelineRobustness.Pipeline.Messages;
using PipelineRobustness.Pipeline.Referee;
using PipelineRobustness.Pipeline.Verification;

namespace PipelineRobustness.Pipeline.Server;

/// <summary>
/// All that the central server needs to continue, small and immutable; it rides on every <see cref="Commit"/>, so the
/// stages are its log.
/// </summary>
/// <param name="Ballot">The server's ballot.</param>
/// <param name="Version">The version that the commit leads to: iterations committed.</param>
/// <param name="Placement">The node of each stage.</param>
/// <param name="Attempts">Attempts that the committed iterations took, one each at least.</param>
/// <param name="Digests">State digest of every block: at the version before in a commit, at its own in a checkpoint.</param>
/// <param name="Trained">Time spent on committed iterations.</param>
/// <param name="EventLogLength">Lines of the event log that belong to the version.</param>
/// <param name="Detectors">The state of each stage's detector at the version; empty if the detectors are stateless.</param>
/// <param name="Rulings">The rulings of the run until then.</param>
[Wire("SS", 4)]
public sealed record ServerState(
    Ballot Ballot, long Version, ImmutableArray<NodeId> Placement, long Attempts,
    ImmutableArray<UInt128> Digests, TimeSpan Trained, long EventLogLength, ImmutableArray<DetectorState> Detectors, Rulings Rulings);
