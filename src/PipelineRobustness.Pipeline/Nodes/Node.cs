using Akka.Actor;

namespace PipelineRobustness.Pipeline;

/// <summary>A machine: starts the stages that are placed here and supervises them.</summary>
internal sealed class Node : ReceiveActor
{
    private readonly NodeId _id;
    private readonly StageSetup _setup;
    private readonly Dictionary<IActorRef, int> _stages = [];
    private IActorRef _server = ActorRefs.Nobody;

    public Node(NodeId id, StageSetup setup)
    {
        _id = id;
        _setup = setup;
        Receive<PlaceStage>(Start);
    }

    protected override SupervisorStrategy SupervisorStrategy() => Supervision.OfStages(Lost);

    private void Start(PlaceStage order)
    {
        _server = order.Server;
        var stage = Context.ActorOf(
            Props.Create(() => new Stage(order.Stage, _setup, order.Server)).WithDispatcher(Dispatchers.Stages),
            $"stage-{order.Stage}");
        _stages.Add(stage, order.Stage);
    }

    private void Lost(IActorRef child, Exception cause)
    {
        if (!_stages.TryGetValue(child, out var stage)) return;
        var reason = cause is ActorInitializationException { InnerException: { } inner }
            ? $"could not be built: {Lines.First(inner)}"
            : Lines.First(cause);
        _server.Tell(new StageFailed(stage, _id, reason));
    }
}

/// <summary>Names of dispatchers, as in pipeline.conf.</summary>
internal static class Dispatchers
{
    /// <summary>A thread of its own for each stage and each detector.</summary>
    public const string Stages = "pipeline.stage-dispatcher";
}
