using System.Collections.Immutable;
using System.Globalization;
using Akka.Actor;
using PipelineRobustness.Pipeline.Messages;
using PipelineRobustness.Pipeline.Ports;
using PipelineRobustness.Pipeline.Referee;
using PipelineRobustness.Pipeline.Running;
using PipelineRobustness.Pipeline.Server;

namespace PipelineRobustness.Tests.Pipeline.Server;

/// <summary>
/// Nodes and stages that answer a coordinator as real ones do, without tensors, actors or threads. Messages to it come one
/// after another, in the order in which they were sent, and only as far as a test lets them.
/// </summary>
internal sealed class CoordinatorWorld
{
    private readonly RunRules _rules;
    private readonly List<(object Message, IActorRef From)> _mail = [];
    private readonly SortedDictionary<NodeId, ScriptedNode> _nodes = [];
    private readonly Dictionary<Type, Effect.StartTimer> _timers = [];
    private TimeSpan _time;

    // The last pass under a referee.
    private (StepId Work, PlayedPass Pass)? _played;

    /// <summary>A world whose coordinator has yet to hear of nodes.</summary>
    public CoordinatorWorld(RunPlan plan, bool hasStore = false, UInt128? fingerprint = null)
    {
        _rules = ServerRig.Rules(plan, hasStore) with { Fingerprint = fingerprint };
        Server = new Coordinator(_rules);
        Run(Server.Start(Now));
    }

    public Coordinator Server { get; private set; }

    /// <summary>Receives each input, each effect and each phase that has begun.</summary>
    public Action<object> Hears { get; set; } = _ => { };

    /// <summary>The events that the observer received.</summary>
    public List<RunEvent> Events { get; } = [];

    /// <summary>Checkpoints, newest first.</summary>
    public List<CheckpointManifest> Checkpoints { get; } = [];

    /// <summary>How the run ended.</summary>
    public Effect.End? End { get; private set; }

    /// <summary>The findings of a stage's detector; none unless set.</summary>
    public Func<StepId, Direction, int, ImmutableArray<Verdict>> Finds { get; set; } = (_, _, _) => [];

    /// <summary>What a stage says in place of what is so; the truth unless set.</summary>
    public Func<Saying, Claim, Claim> Says { get; set; } = (_, honest) => honest;

    /// <summary>Whether the referee can read what stages begin with; always unless set.</summary>
    public Func<Origin, bool> CanRead { get; set; } = _ => true;

    /// <summary>What a witness hands in in place of a statement; the statement unless set.</summary>
    public Func<StepId, Statement, Statement> Changes { get; set; } = (_, statement) => statement;

    /// <summary>Whether a stage's statement of a pass bears its node's signature; unless set each does.</summary>
    public Func<StepId, int, bool> Signs { get; set; } = (_, _) => true;

    /// <summary>What a node says of its processor; nothing unless set.</summary>
    public Func<NodeId, UInt128?> Fingerprint { get; set; } = _ => null;

    /// <summary>What a stage reports at a state query in place of what is so; the truth unless set.</summary>
    public Func<StageState, StageState> Reports { get; set; } = honest => honest;

    /// <summary>What comes to the server in place of what a member has sent; the same unless set.</summary>
    public Func<object, IActorRef, object> Forges { get; set; } = (message, _) => message;

    /// <summary>What the stages compute.</summary>
    public Numbers Numbers { get; } = new();

    /// <summary>Whether an order to a stage is lost; none is unless set.</summary>
    public Func<object, ScriptedStage, bool> Loses { get; set; } = (_, _) => false;

    /// <summary>Whether an order to a node is lost; none is unless set.</summary>
    public Func<object, bool> LosesToNode { get; set; } = _ => false;

    /// <summary>Whether the observer cannot record any more events.</summary>
    public bool ObserverStops { get; set; }

    private Now Now => new(DateTimeOffset.UnixEpoch + _time, _time);

    /// <summary>The stage with a number that answers the coordinator now.</summary>
    public ScriptedStage Stage(int number) => _nodes.Values.SelectMany(node => node.Stages).Last(stage => stage.Number == number);

    /// <summary>The stages on a node.</summary>
    public IReadOnlyList<ScriptedStage> StagesOn(int number) => _nodes[ServerRig.Node(number, 0).Node].Stages;

    /// <summary>Begins with nodes from node-1 on, each with this much room.</summary>
    public CoordinatorWorld With(int nodes, int room = 1)
    {
        for (var number = 1; number <= nodes; number++) Add(ServerRig.Node(number, room));
        Tell(new NodesHere([.. _nodes.Values.Select(node => node.Up)]));
        return this;
    }

    /// <summary>A node joins.</summary>
    public void Join(int number, int room = 1)
    {
        Add(ServerRig.Node(number, room));
        Tell(ServerRig.Node(number, room));
    }

    /// <summary>A node dies with its stages, and the coordinator hears of it.</summary>
    public void Kill(int number)
    {
        var node = ServerRig.Node(number, 0).Node;
        Silence(number);
        Tell(new NodeLost(node, "its process ended"));
    }

    /// <summary>A stage could not be built.</summary>
    public void Fail(int number, string reason)
    {
        var node = _nodes.Values.Last(node => node.Stages.Exists(stage => stage.Number == number));
        node.Stages.RemoveAll(stage => stage.Number == number);
        Tell(new StageFailed(number, node.Up.Node, reason, WhileBuilding: true));
    }

    /// <summary>A node becomes silent.</summary>
    public void Silence(int number) => _nodes.Remove(ServerRig.Node(number, 0).Node);

    /// <summary>Another server starts, without any knowledge.</summary>
    public Coordinator TakeOver(string name = "server-2", UInt128? fingerprint = null)
    {
        var before = Server;
        _mail.Clear();
        Server = new Coordinator(_rules with { Here = new NodeId(name), Fingerprint = fingerprint ?? _rules.Fingerprint });
        Run(Server.Start(Now));
        Tell(new NodesHere([.. _nodes.Values.Select(node => node.Up)]));
        return before;
    }

    /// <summary>Delivers a message to the coordinator at once.</summary>
    public void Tell(object message, IActorRef? from = null) => Step(message, from ?? ActorRefs.Nobody);

    /// <summary>Delivers the messages sent so far, up to the first that a test wants to handle differently.</summary>
    /// <param name="next">Whether it is that; it then stays where it is.</param>
    /// <returns>That message; null where none is left.</returns>
    public object? Deliver(Func<object, bool>? next = null)
    {
        while (_mail.Count > 0 && End is null)
        {
            var (message, from) = _mail[0];
            if (next?.Invoke(message) == true) return message;
            _mail.RemoveAt(0);
            Deliver(message, from);
        }

        return null;
    }

    /// <summary>Delivers all messages, of one sender in the order in which they were sent, else in any order.</summary>
    public void DeliverShuffled(Random random)
    {
        while (_mail.Count > 0 && End is null)
        {
            var senders = _mail.Select(mail => mail.From).Distinct().ToArray();
            var from = senders[random.Next(senders.Length)];
            var next = _mail.FindIndex(mail => mail.From.Equals(from));
            var (message, _) = _mail[next];
            _mail.RemoveAt(next);
            Deliver(message, from);
        }
    }

    /// <summary>Delivers the next message, and again if it is duplicated. Blocks are never: they travel by lane.</summary>
    public void DeliverOne(bool isDuplicated)
    {
        var (message, from) = _mail[0];
        _mail.RemoveAt(0);
        Deliver(message, from);
        if (isDuplicated && message is not MovedBlock && End is null) Deliver(message, from);
    }

    /// <summary>The next message comes once more, some messages later. Blocks never do: they travel by lane.</summary>
    public void DelayCopy(Random random)
    {
        if (_mail is [var next, ..] && next.Message is not MovedBlock) _mail.Insert(random.Next(1, _mail.Count + 1), next);
    }

    /// <summary>Whether a timer runs.</summary>
    public bool HasTimer<T>()
        where T : CoordinatorTimer => _timers.ContainsKey(typeof(T));

    /// <summary>Whether a message is in transit.</summary>
    public bool HasMail => _mail.Count > 0;

    /// <summary>The numbers of the nodes.</summary>
    public IEnumerable<int> Nodes => _nodes.Keys.Select(node => int.Parse(node.Name.AsSpan(node.Name.IndexOf('-') + 1), CultureInfo.InvariantCulture));

    /// <summary>The next message is lost, unless it is of the server's own process.</summary>
    public void LoseNext()
    {
        if (_mail[0].Message is not Heard) _mail.RemoveAt(0);
    }

    /// <summary>All messages in transit are lost.</summary>
    public void LoseAll() => _mail.Clear();

    /// <summary>Time passes, and a timer fires.</summary>
    public void Fire<T>(TimeSpan passes)
        where T : CoordinatorTimer
    {
        _time += passes;
        Tell(_timers[typeof(T)].Timer);
    }

    /// <summary>Every stage reports that it has waited for this long.</summary>
    public void AllWait(TimeSpan waited)
    {
        foreach (var stage in _nodes.Values.SelectMany(node => node.Stages))
            Tell(new StageWaits(stage.Number, StageWaits.NextWord, null, waited), stage.Address);
    }

    private void Deliver(object message, IActorRef from)
    {
        if (message is not (MovedBlock or Heard or StateCollected or ExhibitHashed)) message = Forges(message, from);
        if (message is MovedBlock block) Restore(block);
        else if (!Admission.Counts(Server, message, new MessageSource(from))) return;
        else if (message is PassStated stated) Step(new StatementChecked(stated, Signs(stated.Work, stated.Statement.Stage)), from);
        else Step(message, from);
    }

    private void Restore(MovedBlock block)
    {
        var order = block.Order;
        if (Find(order.Receiver)?.Restore(order, block.State) == true)
            _mail.Add((new BlockRestored(order.Work, order.To, order.Block, Find(order.Receiver)!.Received(order, block.State)), order.Receiver));
    }

    private void Add(NodeUp node) => _nodes[node.Node] = new ScriptedNode(this, node);

    private void Step(object message, IActorRef from)
    {
        Hears(message);
        var (before, ballot) = (Server.Phase, Server.Ballot);
        var effects = Server.Step(new Input(message, from), Now).ToArray();
        if (Server.Phase != before && !Server.IsOver) Hears(Server.Phase);
        Run(effects);
    }

    private void Run(IReadOnlyList<Effect> effects)
    {
        var answers = new List<object>();
        foreach (var effect in effects.ToArray())
        {
            Hears(effect);
            switch (effect)
            {
                case Effect.ToNode e when LosesToNode(e.Message): break;
                case Effect.ToNode e: _nodes.Values.FirstOrDefault(node => node.Up.Actor.Equals(e.Node))?.Take(e.Message); break;
                case Effect.ToStage e: Send(e.Stage, e.Message); break;
                case Effect.ToStages e: foreach (var stage in e.Stages) Send(stage, e.Message); break;
                case Effect.Report e: Events.Add(e.Event); break;
                case Effect.AskObserver: answers.Add(new ObserverAnswered(ObserverStops)); break;
                case Effect.ReadCheckpoints e:
                    answers.Add(new CheckpointRead(Checkpoints.FirstOrDefault(e.Accepts)));
                    break;
                case Effect.StartTimer e: _timers[e.Timer.GetType()] = e; break;
                case Effect.StopTimer e: _timers.Remove(e.Timer); break;
                case Effect.Seal e:
                    Checkpoints.Insert(0, e.Manifest);
                    _mail.Add((new CheckpointSealed(e.Work, null), ActorRefs.Nobody));
                    break;
                case Effect.Hear e:
                    var recomputed = PlayedReferee.Work(e.Work, e.Hearing, _rules.Ring!, Numbers.Loss(e.Work.Iteration));
                    _mail.Add((new Heard(e.Work, e.Hearing.Dispute, recomputed), ActorRefs.Nobody));
                    break;
                case Effect.HandOnState e:
                    _mail.Add((new MovedBlock(new SendBlock(e.Work, e.Key.Block, e.To, e.Receiver), e.Claim.High), ActorRefs.Nobody));
                    break;
                case Effect.Build e:
                    UInt128? built = CanRead(e.Origin) ? ScriptedStage.Digest(e.Work.Iteration, e.Block) : null;
                    _mail.Add((new BlockBuilt(e.Work, e.Block, built), ActorRefs.Nobody));
                    break;
                case Effect.End e: End = e; break;
            }
        }

        foreach (var answer in answers) Step(answer, ActorRefs.Nobody);
    }

    // All stages take part in a pass, so the first that begins plays it for all.
    private PlayedPass? Play(BeginPass begin)
    {
        if (_played?.Work == begin.Work) return _played?.Pass;
        var all = Enumerable.Range(0, _rules.Plan.Stages)
            .Select(number => _nodes.Values.SelectMany(node => node.Stages).LastOrDefault(stage => stage.Number == number)).ToArray();
        if (Array.Exists(all, stage => stage?.Own is null || stage.Copy is null)) return null;
        var pass = new PlayedPass(
            _rules.Ring!, begin, [.. all.Select(stage => stage!.Own!.Value)], [.. all.Select((_, block) => all[_rules.HolderOfCopy(block)]!.Copy!.Value)],
            Numbers.Loss(begin.Work.Iteration), (saying, honest) => Says(saying, honest));
        foreach (var relayed in pass.Relayed) _mail.Add((relayed, ActorRefs.Nobody));
        _played = (begin.Work, pass);
        return pass;
    }

    private void Send(IActorRef address, object order)
    {
        if (Find(address) is { } stage && !Loses(order, stage)) stage.Take(order);
    }

    /// <summary>The stage at an address; null where it is gone.</summary>
    public ScriptedStage? Find(IActorRef address) => _nodes.Values.SelectMany(node => node.Stages).FirstOrDefault(stage => stage.Address.Equals(address));

    private sealed class ScriptedNode(CoordinatorWorld world, NodeUp up)
    {
        private Ballot _promised;
        private int _started;

        public NodeUp Up => up;

        public List<ScriptedStage> Stages { get; } = [];

        public void Take(object message)
        {
            switch (message)
            {
                case StateQuery query when Promises(query.Ballot):
                    Send(new NodeState(query.Ballot, up.Node, [.. Stages.Select(stage => stage.Address)], world.Fingerprint(up.Node)));
                    foreach (var stage in Stages) stage.Take(query);
                    break;
                case PlaceStage order when Promises(order.Ballot):
                    if (Stages.Find(stage => stage.Number == order.Stage && stage.Order.Ballot == order.Ballot) is not { } started)
                    {
                        started = new ScriptedStage(world._rules, order, up.Node, ++_started)
                        {
                            Send = mail => world._mail.Add(mail.Message is StageState state ? (world.Reports(state), mail.From) : mail),
                            Finds = (w, d, s) => world.Finds(w, d, s),
                            Numbers = world.Numbers,
                            Plays = world.Play,
                            Says = (saying, honest) => world.Says(saying, honest),
                            Changes = (work, statement) => world.Changes(work, statement),
                        };
                        Stages.Add(started);
                    }

                    started.Take(new StateQuery(order.Ballot, order.Run, order.Server));
                    break;
                case StagesQuery query when Promises(query.Ballot):
                    Send(new StagesAlive(query.Ballot, up.Node, [.. Stages.Select(stage => stage.Address)]));
                    break;
                case DropStage drop when Promises(drop.Ballot): Stages.RemoveAll(stage => stage.Address.Equals(drop.Actor)); break;
                case EndRun end when Promises(end.Ballot): Stages.Clear(); break;
                case Quarantined quarantined when Promises(quarantined.Ballot): Stages.Clear(); break;
            }
        }

        private void Send(object message) => world._mail.Add((message, up.Actor));

        // A server whose ballot is lower than a promised one is informed of that one.
        private bool Promises(Ballot ballot)
        {
            if (ballot < _promised)
            {
                Send(new Superseded(ballot, _promised));
                return false;
            }

            _promised = ballot;
            return true;
        }
    }
}
