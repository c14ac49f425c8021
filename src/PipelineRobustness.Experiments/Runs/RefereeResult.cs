using PipelineRobustness.Pipeline.Referee;

namespace PipelineRobustness.Experiments.Runs;

/// <summary>What a run's referee has come to.</summary>
/// <param name="Tally">Its rulings, held against the attacks.</param>
/// <param name="Rulings">Its rulings, in order.</param>
/// <param name="Quarantined">
/// Nodes that got no stage any more or, in a run of one node, each stage whose holder was replaced, with its seat.
/// </param>
/// <param name="Audits">What it worked again that was drawn by lot.</param>
/// <param name="Findings">What it worked again that a detector had found.</param>
public sealed record RefereeResult(
    ConvictionTally Tally, IReadOnlyList<Ruling> Rulings, IReadOnlyList<string> Quarantined, AuditCount Audits = default, FindingCount Findings = default);
