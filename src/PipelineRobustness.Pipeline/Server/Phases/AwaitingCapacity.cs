using PipelineRobustness.Pipeline.Messages;
using PipelineRobustness.Pipeline.Running;

namespace PipelineRobustness.Pipeline.Server.Phases;

/// <summary>The nodes lack room for all stages: another must join, or answer late.</summary>
internal sealed class AwaitingCapacity(RunRules rules, Progress progress, Roster roster, Incident incident, StateReports reports) : Phase
{
    private readonly Ballot _ballot = progress.Ballot;

    public override string WaitingFor => $"room for {rules.Plan.Stages} stages: {Wording.NodesToJoin(1)} ({Lost})";

    public override LossKind? Lacks => LossKind.Room;

    public override StateReports Reports => reports;

    private string Lost => incident.Lost ?? incident.Reason;

    public override Transition? Begin(Outbox outbox)
    {
        outbox.Add(new Effect.StartTimer(new CoordinatorTimer.CapacityTimeout(_ballot), rules.Plan.Recovery.RoomTimeout, Repeats: false));
        return progress.IsInterrupted ? Transition.EndWaiting.Instance : null;
    }

    public override Transition? Take(Input input, Outbox outbox) =>
        input.Message is CoordinatorTimer.CapacityTimeout timeout && timeout.Ballot == _ballot ? new Transition.Fail(NoRoom(), Lacks) : null;

    public override Transition? Lose(NodeLost lost, Outbox outbox)
    {
        reports.Remove(lost.Node);
        incident.Lost ??= lost.Reason;
        return null;
    }

    public override bool AskAgain(Outbox outbox)
    {
        foreach (var node in reports.Silent(roster)) Ask(node, outbox);
        return true;
    }

    public override void AskAgainSlowly(Outbox outbox)
    {
        foreach (var node in reports.Incomplete(roster)) Ask(node, outbox);
    }

    private void Ask(NodeUp node, Outbox outbox) => outbox.ToNode(node.Actor, new StateQuery(_ballot, rules.Run, rules.Server));

    private string NoRoom()
    {
        var (silent, unlike, unheard) = (roster.UnresponsiveCount, roster.LeftOutCount, roster.UnheardCount);
        return $"no room: {rules.Plan.Stages} stages, and the {roster.Count} nodes that are left have room for {roster.Room}"
            + (silent > 0 ? $" without the {silent} that did not answer" : "")
            + (unlike > 0 ? $" without the {unlike} whose processors give other bits{(rules.IsRefereed ? "" : " (defence.tolerance)")}" : "")
            + (unheard > 0 ? $" without the {unheard} that have joined and not said yet what their processors give" : "")
            + $"; waited {rules.Plan.Recovery.RoomTimeout.TotalSeconds:0} s (recovery.room-timeout) for another ({Lost})";
    }
}
