using PipelineRobustness.Pipeline.Messages;
using PipelineRobustness.Pipeline.Running;

namespace PipelineRobustness.Pipeline.Server.Phases;

/// <summary>Before the nodes that are here have been named.</summary>
internal sealed class AwaitingNodes : Phase
{
    public override string WaitingFor => "nodes";

    public override LossKind? Lacks => LossKind.Room;
}

/// <summary>
/// The state query: under a higher ballot every node says which stages it has, and every stage what it holds. From the answers
/// follows everything else.
/// </summary>
/// <param name="rules">The run.</param>
/// <param name="ballot">The ballot.</param>
/// <param name="roster">The nodes.</param>
/// <param name="incident">What broke.</param>
/// <param name="leads">Whether this server has led the run before; else it may be that no node has joined.</param>
internal sealed class QueryingState(RunRules rules, Ballot ballot, Roster roster, Incident incident, bool leads) : Phase
{
    private static readonly TimeSpan AskedAgainAfter = TimeSpan.FromSeconds(1);

    // Every one of ten thousand answers triggers a check for missing nodes; nodes that have answered are not checked again.
    private readonly Queue<NodeId> _asked = [];

    public override StateReports Reports { get; } = new();

    /// <summary>Whether it may still be waiting for the first node.</summary>
    public bool MayLackNodes => !leads;

    public override string WaitingFor
    {
        get
        {
            if (roster.Count == 0) return Wording.NodesToJoin(1);
            var missing = roster.Nodes.Where(node => !Reports.IsComplete(node.Node, roster)).Select(node => node.Node).ToList();
            return $"the state of {string.Join(", ", missing)} ({incident.Reason})";
        }
    }

    public override LossKind? Lacks => roster.Count == 0 ? LossKind.Room : null;

    public override Transition? Begin(Outbox outbox)
    {
        outbox.Add(new Effect.StartTimer(new CoordinatorTimer.QueryTimeout(ballot), rules.Plan.Recovery.StateTimeout, Repeats: false));
        outbox.Add(new Effect.StartTimer(CoordinatorTimer.AskAgain.Instance, AskedAgainAfter, Repeats: true));
        foreach (var node in roster.NoSpares) Ask(node, outbox);
        return Look(outbox);
    }

    /// <summary>Asks a node.</summary>
    public void Ask(NodeUp node, Outbox outbox)
    {
        _asked.Enqueue(node.Node);
        outbox.ToNode(node.Actor, new StateQuery(ballot, rules.Run, rules.Server));
    }

    public override Transition? Take(Input input, Outbox outbox)
    {
        switch (input.Message)
        {
            case NodeState answer:
                Reports.Note(answer);
                if (answer.Stages.IsEmpty) roster.MarkSpare(answer.Node);
                return Look(outbox);
            case StageState stage:
                Reports[stage.Actor] = stage;
                return Look(outbox);
            case CoordinatorTimer.QueryTimeout timeout when timeout.Ballot == ballot:
                CloseWithoutMissing(outbox);
                return Look(outbox);
            default:
                return null;
        }
    }

    public override Transition? Lose(NodeLost lost, Outbox outbox)
    {
        Reports.Remove(lost.Node);
        return Look(outbox);
    }

    public override bool AskAgain(Outbox outbox)
    {
        foreach (var node in Reports.Silent(roster)) Ask(node, outbox);
        return true;
    }

    public override void AskAgainSlowly(Outbox outbox)
    {
        foreach (var node in Reports.Incomplete(roster)) Ask(node, outbox);
    }

    private Transition Look(Outbox outbox)
    {
        if (roster.Count == 0) return leads ? new Transition.NoNodes(Reports) : Transition.Stay.Instance;
        while (_asked.TryPeek(out var node) && (!roster.Has(node) || Reports.IsComplete(node, roster))) _asked.Dequeue();
        if (_asked.Count > 0) return Transition.Stay.Instance;
        outbox.Add(new Effect.StopTimer(typeof(CoordinatorTimer.QueryTimeout)));
        return new Transition.Reported(Reports);
    }

    // A node that misses the state query comes back as an empty one.
    private void CloseWithoutMissing(Outbox outbox)
    {
        foreach (var node in roster.Nodes.Where(node => !Reports.IsComplete(node.Node, roster)).ToArray())
        {
            if (!Reports.HasAnswered(node.Node)) roster.MarkUnresponsive(node.Node);
            foreach (var late in Reports.Missing(node.Node))
            {
                Reports.Drop(late);
                outbox.ToNode(node.Actor, new DropStage(ballot, late));
            }

            Reports.CloseWithout(node.Node);
        }
    }
}
