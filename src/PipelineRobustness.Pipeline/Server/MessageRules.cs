using System.Collections.Immutable;
using PipelineRobustness.Pipeline.Messages;
using PipelineRobustness.Pipeline.Verification;
using static PipelineRobustness.Pipeline.Lanes.FrameShapes;

namespace PipelineRobustness.Pipeline.Server;

/// <summary>
/// Which control messages can be of the run (law 5). What a member says may be false, but a stage, block, micro-batch or version that it names
/// is one that there is, and a list has the run's length: phases use them as indexes. A message that breaks a rule is refused, as if it had
/// never come: its sender is waited for. <see cref="Lanes.LaneRules"/> does the same for tensors.
/// </summary>
internal sealed class MessageRules(RunRules rules)
{
    // There are ballots above it, whatever is promised: each state query needs one more.
    private const long CounterMost = long.MaxValue / 2;

    private int Stages => rules.Plan.Stages;

    /// <summary>The rule that a message breaks; null for none.</summary>
    public string? Fault(object message) => message switch
    {
        StageState m => Stage(m.Stage) ?? Version(m.Version) ?? Fault(m.Last) ?? Length(m.Vouched?.Digests.Length, "digests"),
        StageFailed m => Stage(m.Stage),
        StageWaits m => Stage(m.Stage),
        ForwardDone m => Stage(m.Stage),
        Prepared m => Stage(m.Stage) ?? Block(m.Own, m.Stage) ?? Block(m.Copy, rules.CopyHeldBy(m.Stage))
            ?? (m.Loss is null || m.Stage == Stages - 1 ? null : "only the last stage has a loss"),
        PassChecked m => Stage(m.Stage) ?? (m.State.Length <= DetectorState.BytesMostWith(Stages) ? null : "a detector's state has a limit")
            ?? m.Verdicts.Select(verdict => Fault(verdict, m)).FirstOrDefault(fault => fault is not null)
            ?? (m.Verdicts.DistinctBy(verdict => verdict.MicroBatch).Count() == m.Verdicts.Length ? null : "a micro-batch has one verdict"),
        Committed m => Stage(m.Stage),
        StateConfirmed m => Stage(m.Stage),
        BlockRestored m => Stage(m.Stage) ?? Within(m.Block, Stages, "a block"),
        EvaluationSums m => Fault(m),
        ShardDone m => Within(m.Block, Stages, "a block")
            ?? (m.Seal is null || m.Seal.Block == m.Block ? null : $"the shard of block {m.Block} has the seal of block {m.Seal.Block}"),
        Superseded m => m.Promised >= m.Refused && m.Promised.Counter <= CounterMost ? null : $"no server is superseded by ballot {m.Promised.Counter}",
        _ => null,
    };

    private string? Stage(int stage) => Within(stage, Stages, "a stage");

    private string? Version(long version) =>
        version >= 0 && version <= rules.Plan.Iterations ? null : $"a version is from 0 to {rules.Plan.Iterations}, not {version}";

    private string? Length(int? found, string what) => found is null || found == Stages ? null : $"there are {Stages} {what}, not {found}";

    private static string? Block(HolderReport? report, int? held) =>
        report is null || report.Block == held ? null : $"a stage reports of the blocks that it holds, not of block {report.Block}";

    private string? Fault(Commit? commit) => commit is null ? null
        : Version(commit.State.Version) ?? Length(commit.Coefficients.Length, "coefficients") ?? Length(commit.State.Placement.Length, "places")
            ?? OfStages(commit.Frozen) ?? OfStages(commit.Stale);

    private string? OfStages(ImmutableSortedSet<int> blocks) =>
        blocks.IsEmpty ? null : Within(blocks.Min, Stages, "a block") ?? Within(blocks.Max, Stages, "a block");

    private string? Fault(Verdict verdict, PassChecked of)
    {
        var work = of.Work;
        return (verdict.Iteration, verdict.Attempt, verdict.Pass, verdict.NoticedBy, verdict.Direction)
            != (work.Iteration, work.Attempt, work.Pass, of.Stage, of.Direction) ? "a detector's verdicts are of the pass that it has checked"
            : Stage(verdict.Suspect) ?? Within(verdict.MicroBatch, rules.Plan.MicroBatches, "a micro-batch") ?? FaultOfSuspect(verdict);
    }

    // Without copies stages judge what their neighbours send them.
    private string? FaultOfSuspect(Verdict verdict)
    {
        var sender = verdict.Direction == Ports.Direction.Forward ? verdict.NoticedBy - 1 : verdict.NoticedBy + 1;
        return rules.Detector is not { NeedsCopy: false } || verdict.Suspect == sender ? null
            : $"stage {verdict.NoticedBy} judges what stage {sender} sends {verdict.Direction}, not stage {verdict.Suspect}";
    }

    // Of how many windows a round is, and of how many targets, follows from the text, which the server does not read.
    private string? Fault(EvaluationSums round)
    {
        var (plan, windows) = (rules.Plan, round.Sums.Length);
        return windows < 1 || windows > (long)plan.RoundMost * plan.MicroBatchSize
            ? $"a round has from 1 to {(long)plan.RoundMost * plan.MicroBatchSize} windows, not {windows}"
            : round.Targets < windows || round.Targets > (long)windows * plan.SequenceLength
                ? $"{windows} windows have from {windows} to {(long)windows * plan.SequenceLength} targets, not {round.Targets}" : null;
    }
}
