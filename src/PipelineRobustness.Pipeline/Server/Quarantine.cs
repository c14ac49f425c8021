using System.Collections.Immutable;
using PipelineRobustness.Pipeline.Messages;
using PipelineRobustness.Pipeline.Referee;

namespace PipelineRobustness.Pipeline.Server;

/// <summary>
/// Which nodes get no stage any more, by the rulings. In a run of one node only the stage's seat is lost: another actor takes it.
/// </summary>
internal sealed class Quarantine(RunRules rules, Roster roster, Outbox outbox)
{
    // Those that have not left yet.
    private readonly SortedDictionary<NodeId, NodeUp> _present = [];

    private int After => rules.Plan.Defence.QuarantineAfter;

    /// <summary>Whether a node gets no stage any more.</summary>
    public bool Has(NodeId node, CommittedState committed) => Nodes(committed).Contains(node);

    /// <summary>Whether a stage loses its holder by rulings that were just made.</summary>
    public bool Empties(ImmutableArray<Ruling> made, CommittedState committed) => rules.Plan.HasOneNode
        ? made.Any(ruling => ruling.Convicted is { } convicted && committed.Rulings.SeatOf(convicted.Stage) >= After)
        : Nodes(committed).Any(roster.Has);

    /// <summary>These nodes do not count any more.</summary>
    public void Close(CommittedState committed)
    {
        foreach (var node in Nodes(committed).Where(roster.Has))
        {
            _present[node] = roster.Get(node);
            roster.Remove(node);
        }
    }

    /// <summary>
    /// The same, with what they and stages that have lost their seat have reported in a state query. A stage may have been placed on another
    /// node before it was known that its predecessor there loses it; on a convicted node that may stay, the stage keeps its seat.
    /// </summary>
    public void Close(CommittedState committed, Ballot ballot, StateReports reports)
    {
        foreach (var node in Nodes(committed).Where(roster.Has)) reports.Remove(node);
        Close(committed);
        foreach (var stage in reports.Stages.Where(HasLostItsSeat).ToArray())
        {
            reports.Drop(stage.Actor);
            roster.Drop(stage.Node, stage.Actor, ballot, outbox);
        }

        bool HasLostItsSeat(StageState stage) => committed.Rulings.SeatOf(stage.Stage) is var seat && seat > stage.Seat
            && (rules.Plan.HasOneNode ? seat >= After : !committed.Rulings.HasConvicted(stage.Stage, stage.Node));
    }

    /// <summary>A quarantined node has come back: it is to leave.</summary>
    public void Refuse(NodeUp node, CommittedState committed, Ballot ballot)
    {
        _present[node.Node] = node;
        SendAway(node, committed, ballot);
    }

    /// <summary>
    /// Every stage has its place again: those that are quarantined are to leave. Before, a server that takes over might not know of the
    /// rulings, which it learns from the stages, and finds the same again. So where this node is one of them, another leads from here on.
    /// </summary>
    public void SendAway(CommittedState committed, Ballot ballot)
    {
        foreach (var node in _present.Values) SendAway(node, committed, ballot);
    }

    /// <summary>
    /// Those that are still here may have been paused, or the message was lost; where there is no room, or the run ends, they have not
    /// heard of it yet.
    /// </summary>
    public void SendOthersAway(CommittedState committed, Ballot ballot)
    {
        foreach (var node in _present.Values.Where(node => node.Node != rules.Here)) SendAway(node, committed, ballot);
    }

    /// <summary>A node has left.</summary>
    public void Forget(NodeId node) => _present.Remove(node);

    private void SendAway(NodeUp node, CommittedState committed, Ballot ballot) => outbox.ToNode(
        node.Actor,
        new Quarantined(ballot, $"quarantined: {Wording.Convicted(committed.Rulings.All.Where(ruling => ruling.Convicted?.Node == node.Node))}"));

    private ImmutableSortedSet<NodeId> Nodes(CommittedState committed) =>
        rules.Plan.HasOneNode ? [] : committed.Rulings.Quarantined(After);
}
