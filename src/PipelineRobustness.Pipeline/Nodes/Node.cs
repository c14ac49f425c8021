using Akka.Actor;
using PipelineRobustness.Pipeline.Messages;
using PipelineRobustness.Pipeline.Running;
using PipelineRobustness.Pipeline.Security;
using PipelineRobustness.Pipeline.Stages;

namespace PipelineRobustness.Pipeline.Nodes;

/// <summary>
/// A machine: starts the stages that are placed here, supervises them, and has them answer a server's state query. It holds
/// stages of one run at a time, and refuses orders under a superseded ballot.
/// </summary>
internal sealed class Node : ReceiveActor
{
    private readonly NodeId _id;
    private readonly IRunCatalog _catalog;
    private readonly NodeKey _key;
    private readonly Fingerprints _fingerprints;
    private readonly Action<string> _quarantined;
    private readonly OrderedDictionary<IActorRef, PlaceStage> _stages = [];
    private readonly Dictionary<IActorRef, RunSpec> _uses = [];
    private readonly BallotFence _promised = new(default, ActorRefs.Nobody);
    private IActorRef _server = ActorRefs.Nobody;
    private RunKey? _run;
    private RunKey? _promisedRun;
    private RunSpec? _spec;
    private StageSetup? _setup;
    private Action? _empty;
    private int _started;

    /// <summary>A node without stages.</summary>
    /// <param name="id">Its name and incarnation.</param>
    /// <param name="catalog">Where it finds what a run is made of.</param>
    /// <param name="key">Signs what its stages state. It is the caller's, and outlives the node.</param>
    /// <param name="fingerprints">What its processor gives.</param>
    /// <param name="quarantined">Called with the reason when it gets no stage any more.</param>
    public Node(NodeId id, IRunCatalog catalog, NodeKey key, Fingerprints fingerprints, Action<string> quarantined)
    {
        (_id, _catalog, _key, _fingerprints, _quarantined) = (id, catalog, key, fingerprints, quarantined);
        Receive<StateQuery>(Hear);
        Receive<PlaceStage>(m => Obey(m.Ballot, () => Start(m)));
        Receive<StagesQuery>(m => Obey(m.Ballot, () => Sender.Tell(new StagesAlive(m.Ballot, _id, [.. _stages.Keys]))));
        Receive<DropStage>(m => Obey(m.Ballot, () => Drop(m.Actor)));
        Receive<EndRun>(m => Obey(m.Ballot, End));
        Receive<Quarantined>(m => Obey(m.Ballot, () =>
        {
            End();
            _quarantined(m.Reason);
        }));
        Receive<Terminated>(m => Gone(m.ActorRef));
        Receive<LaneDelivery>(Deliver);
        Receive<LaneBroken>(m => _server.Tell(m));
        Receive<NotifyWhenEmpty>(m =>
        {
            _empty = m.Empty;
            SayIfEmpty();
        });
    }

    protected override SupervisorStrategy SupervisorStrategy() => Supervision.OfStages(Lost);

    protected override void PostStop()
    {
        foreach (var spec in _uses.Values.Append(_spec).Distinct()) spec?.Dispose();
    }

    private void Obey(Ballot ballot, Action order) => _promised.Obey(ballot, Sender, order);

    // A ballot belongs to one run: the next run's server starts above it, since messages in transit are distinguished by ballot alone.
    private void Hear(StateQuery query)
    {
        if (query.Run != _promisedRun && query.Ballot == _promised.Current)
        {
            Sender.Tell(new Superseded(query.Ballot, _promised.Current));
            return;
        }

        Obey(query.Ballot, () => Answer(query));
    }

    private void Answer(StateQuery query)
    {
        _server = query.Server;
        _promisedRun = query.Run;
        if (query.Run != _run) End();
        query.Server.Tell(new NodeState(query.Ballot, _id, [.. _stages.Keys], _fingerprints.Find(query.Run.Name)));
        foreach (var stage in _stages.Keys) stage.Tell(query, query.Server);
    }

    private void Start(PlaceStage order)
    {
        _server = order.Server;
        _promisedRun = order.Run;
        if (_stages.FirstOrDefault(s => s.Value.Ballot == order.Ballot && s.Value.Stage == order.Stage).Key is { } started)
        {
            // The order was repeated: the stage's report may have been lost.
            started.Tell(new StateQuery(order.Ballot, order.Run, order.Server), order.Server);
            return;
        }

        if (Setup(order) is not { } setup) return;
        var stage = Context.ActorOf(
            Props.Create(() => new Stage(order, _id, setup, _key)).WithDispatcher(Dispatchers.Stages),
            $"stage-{order.Stage}-{++_started}");
        Context.Watch(stage);
        _stages.Add(stage, order);
        _uses.Add(stage, _spec!);
    }

    private StageSetup? Setup(PlaceStage order)
    {
        if (_run != order.Run) End();
        if (_setup is not null) return _setup;
        try
        {
            _spec = _catalog.Open(order.Run);
            _setup = _catalog.Setup(_spec);
            _run = order.Run;
        }
        catch (Exception e)
        {
            order.Server.Tell(new StageFailed(order.Stage, _id, $"could not be built: {Lines.First(e)}", WhileBuilding: true));
        }

        return _setup;
    }

    private void Drop(IActorRef stage)
    {
        if (_stages.Remove(stage)) Context.Stop(stage);
    }

    private void End()
    {
        var spec = _spec;
        (_run, _spec, _setup) = (null, null, null);
        foreach (var stage in _stages.Keys.ToArray()) Drop(stage);
        CloseUnused(spec);
    }

    private void Gone(IActorRef stage)
    {
        _stages.Remove(stage);
        if (_uses.Remove(stage, out var spec) && spec != _spec) CloseUnused(spec);
        SayIfEmpty();
    }

    // A run's resources stay open until its last stage has stopped, dropped stages included.
    private void CloseUnused(RunSpec? spec)
    {
        if (spec is not null && !_uses.ContainsValue(spec)) spec.Dispose();
    }

    // A stage about to be dropped may still exist next to its replacement: deliver to the later one.
    private void Deliver(LaneDelivery delivery)
    {
        var to = delivery.Message switch
        {
            TensorSent sent => sent.To,
            BlockTransfer transfer => transfer.To,
            _ => -1,
        };
        var stage = _stages.LastOrDefault(s => s.Value.Stage == to).Key;
        if (stage is null) delivery.Dispose();
        else stage.Tell(delivery);
    }

    private void SayIfEmpty()
    {
        if (_stages.Count == 0 && _empty is { } say) say();
    }

    private void Lost(IActorRef child, Exception cause)
    {
        if (!_stages.Remove(child, out var order)) return;
        var failed = cause is ActorInitializationException { InnerException: { } inner }
            ? new StageFailed(order.Stage, _id, $"could not be built: {Lines.First(inner)}", WhileBuilding: true)
            : new StageFailed(order.Stage, _id, Lines.First(cause), WhileBuilding: false);
        _server.Tell(failed);
    }
}
