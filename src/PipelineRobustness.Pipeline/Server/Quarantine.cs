using System.Collections.Immutable;
using PipelineRobustness.Pipeline.Messages;
using PipelineRobustness.Pipeline.Referee;

namespace PipelineRobustness.Pipeline.Server;

/// <summary>
/// Which nodes get no stage any more, by the rulings. In a run of one node only the stage's seat is lost: another actor takes it.
/// </summary>
internal sealed class Quarantine(RunRules rules, Roster roster, Outbox outbox)
{
    private int After => rules.Plan.Defence.QuarantineAfter;

    /// <summary>Whether a node gets no stage any more.</summary>
    public bool Has(NodeId node, CommittedState committed) => Nodes(committed).Contains(node);

    /// <summary>Whether a stage loses its holder by rulings that were just made.</summary>
    public bool Empties(ImmutableArray<Ruling> made, CommittedState committed) => rules.Plan.HasOneNode
        ? made.Any(ruling => ruling.Convicted is { } convicted && committed.Rulings.SeatOf(convicted.Stage) >= After)
        : Nodes(committed).Any(roster.Has);

    /// <summary>For these nodes the run is over.</summary>
    public void Close(CommittedState committed, Ballot ballot)
    {
        foreach (var node in Nodes(committed).Where(roster.Has))
        {
            outbox.ToNode(roster.Get(node).Actor, new EndRun(ballot));
            roster.Remove(node);
        }
    }

    /// <summary>The same, with what they and stages that have lost their seat have reported in a state query.</summary>
    public void Close(CommittedState committed, Ballot ballot, StateReports reports)
    {
        foreach (var node in Nodes(committed).Where(roster.Has)) reports.Remove(node);
        Close(committed, ballot);
        if (!rules.Plan.HasOneNode) return;
        foreach (var stage in reports.Stages.Where(HasLostItsSeat).ToArray())
        {
            reports.Drop(stage.Actor);
            roster.Drop(stage.Node, stage.Actor, ballot, outbox);
        }

        bool HasLostItsSeat(StageState stage) => committed.Rulings.SeatOf(stage.Stage) is var seat && seat >= After && seat > stage.Seat;
    }

    private ImmutableSortedSet<NodeId> Nodes(CommittedState committed) =>
        rules.Plan.HasOneNode ? [] : committed.Rulings.Quarantined(After);
}
