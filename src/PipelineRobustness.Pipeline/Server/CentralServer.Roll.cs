using System.Collections.Immutable;
using Akka.Actor;
using PipelineRobustness.Pipeline.Messages;
using PipelineRobustness.Pipeline.Running;

namespace PipelineRobustness.Pipeline.Server;

/// <content>
/// The roll call: under a higher ballot every node says whom it has, every stage what it holds. From the answers follows
/// everything else: the same commit again, a replay, a checkpoint, or a beginning.
/// </content>
internal partial class CentralServer
{
    private const string AnotherServer = "another server began";

    private static readonly TimeSpan CalledAgainAfter = TimeSpan.FromSeconds(1);

    private readonly SortedDictionary<NodeId, NodeUp> _nodes = [];
    private readonly Dictionary<NodeId, ImmutableArray<IActorRef>> _rolls = [];
    private readonly Dictionary<IActorRef, StageState> _present = [];
    private readonly HashSet<NodeId> _leaving = [];
    private readonly HashSet<NodeId> _mute = [];
    private readonly HashSet<NodeId> _spares = [];
    private readonly HashSet<IActorRef> _dropped = [];
    private bool _nodesChanged;
    private readonly Queue<NodeId> _owing = [];
    private bool _rules;
    private string? _trouble;
    private readonly List<string> _troubles = [];
    private bool _moves;
    private long _troubleBegan;
    private int _replay;
    private readonly Dictionary<string, int> _failures = [];
    private long _highest;

    // The nodes that are here are told all at once, so that none of them is taken for missing.
    private void Arriving()
    {
        Receive<NodesHere>(m =>
        {
            foreach (var node in m.Nodes) Welcome(node);
            CallRoll("the run begins");
        });
        Always();
    }

    /// <summary>Begins a recovery, or begins it anew where something else breaks meanwhile.</summary>
    /// <param name="reason">What broke.</param>
    /// <param name="subject">What may break again and again by the run's own fault; null for what comes from outside.</param>
    /// <param name="moves">Whether nothing broke, and stages are to be where they are not.</param>
    private void CallRoll(string reason, string? subject = null, bool moves = false)
    {
        if (_over || (subject is not null && TooMany(subject, reason))) return;
        Remember(reason, moves);
        if (_rules && _trouble is null) Tell(new RecoveryBegan(_version, reason));
        if (_trouble is null) _troubleBegan = _setup.Ports.Clock.GetTimestamp();
        _trouble = reason;
        _replay++;
        _ballot = new Ballot(_ballot.Counter + 1, _here);
        _rolls.Clear();
        _owing.Clear();
        _present.Clear();
        _mute.Clear();
        _dropped.Clear();
        _checkpoint = null;
        DropRelayed();
        DropCollected();
        Enter(Phase.Rolling, Rolling, () => _nodes.Count == 0 ? ToJoin(Plan.Nodes) : $"the roll of {Unanswered()} ({_trouble})");
        Timers.StartSingleTimer(nameof(RollOver), new RollOver(_ballot), Plan.StateTimeout);
        Timers.StartPeriodicTimer(nameof(CallAgain), CallAgain.Instance, CalledAgainAfter, CalledAgainAfter);
        foreach (var node in _nodes.Values.Where(n => !_spares.Contains(n.Node))) Call(node);
        if (_nodes.Count == 0 && _rules) AwaitRoom();
        else if (_owing.Count == 0) CloseRoll();
    }

    // What is told when it goes on. A server that does not rule yet has been told of nothing that broke: it is what is new.
    private void Remember(string reason, bool moves)
    {
        if (_trouble is null)
        {
            _troubles.Clear();
            _moves = true;
        }

        _moves &= moves;
        var told = _rules ? reason : AnotherServer;
        if (reason != _trouble && !_troubles.Contains(told)) _troubles.Add(told);
    }

    // The word of a node that was lost meanwhile counts for nothing, its stages' neither.
    private bool Counts(Ballot ballot, NodeId node) => ballot == _ballot && _nodes.ContainsKey(node);

    private bool TooMany(string subject, string reason)
    {
        _failures[subject] = _failures.GetValueOrDefault(subject) + 1;
        if (_failures[subject] <= Plan.RetriesMax) return false;
        var replays = Plan.RetriesMax == 1 ? "1 replay" : $"{Plan.RetriesMax} replays";
        Fail(Plan.RetriesMax == 0 ? reason : $"iteration {_version} was given up after {replays} (recovery.retries); the last: {reason}");
        return true;
    }

    private void Call(NodeUp node)
    {
        _owing.Enqueue(node.Node);
        node.Actor.Tell(new StateQuery(_ballot, _run, Self));
    }

    private void Rolling()
    {
        Receive<NodeState>(m => Counts(m.Ballot, m.Node), m =>
        {
            _rolls[m.Node] = m.Stages;
            if (m.Stages.IsEmpty) _spares.Add(m.Node);
            CloseRoll();
        });
        Receive<StageState>(m => Counts(m.Ballot, m.Node), m =>
        {
            _present[m.Actor] = m;
            CloseRoll();
        });
        Receive<RollOver>(m => m.Ballot == _ballot, _ => CloseWithout());
        Always();
    }

    private void CloseRoll()
    {
        Heard();
        if (_nodes.Count == 0 && _rules) AwaitRoom();
        // Each of ten thousand answers comes here: whoever was found to have answered is not looked at again.
        while (_owing.TryPeek(out var node) && (!_nodes.ContainsKey(node) || Answered(node))) _owing.Dequeue();
        if (_nodes.Count == 0 || _owing.Count > 0) return;
        if (!_rules && _present.Count == 0 && _nodes.Count < Plan.Nodes)
        {
            Await(() => ToJoin(Plan.Nodes - _nodes.Count));
            return;
        }

        Timers.Cancel(nameof(RollOver));
        _rules = true;
        Decide();
    }

    // A call or an order may be lost, or the answer to it; whoever has heard it already answers again, and does nothing twice. What
    // stages owe they may still be busy for.
    private void CallSilent()
    {
        if (_phase == Phase.Placing) OrderStages();
        else if (_phase is not (Phase.Rolling or Phase.Homeless)) Timers.Cancel(nameof(CallAgain));
        else foreach (var node in _nodes.Values.Where(n => !_spares.Contains(n.Node) && (!_rolls.ContainsKey(n.Node) || _mute.Contains(n.Node)))) Call(node);
    }

    // Who misses the roll call comes back as an empty node.
    private void CloseWithout()
    {
        foreach (var node in _nodes.Keys.Where(n => !Answered(n)).ToArray())
        {
            if (!_rolls.ContainsKey(node)) _mute.Add(node);
            foreach (var late in _rolls.GetValueOrDefault(node, []).Where(s => !_present.ContainsKey(s))) Drop(node, late);
            _rolls[node] = [.. _rolls.GetValueOrDefault(node, []).Where(_present.ContainsKey)];
        }

        CloseRoll();
    }

    // Whoever answers when the roll is over has nothing that counts.
    private void Late(NodeState roll)
    {
        if (roll.Ballot != _ballot) return;
        _nodesChanged |= _mute.Remove(roll.Node);
        foreach (var stage in roll.Stages.Where(s => !_present.ContainsKey(s))) Drop(roll.Node, stage);
        if (_phase == Phase.Homeless) CallRoll($"{roll.Node} joined");
    }

    // Who said that it has nothing, and was given nothing since, need not say so again: most of ten thousand nodes are spares.
    private bool Answered(NodeId node) =>
        _spares.Contains(node) || (_rolls.TryGetValue(node, out var stages) && stages.All(_present.ContainsKey));

    private string Unanswered() => string.Join(", ", _nodes.Keys.Where(n => !Answered(n)));

    private static string ToJoin(int nodes) => $"{nodes} more {(nodes == 1 ? "node" : "nodes")} to join";

    private void Drop(NodeId node, IActorRef stage)
    {
        _present.Remove(stage);
        _dropped.Add(stage);
        if (_nodes.TryGetValue(node, out var up)) up.Actor.Tell(new DropStage(_ballot, stage));
    }

    // One that joins is called as well: in a roll it may hold what is sought, else it promises, and is a spare.
    private void Join(NodeUp node)
    {
        Welcome(node);
        _nodesChanged = true;
        Call(node);
    }

    private void Welcome(NodeUp node)
    {
        _nodes[node.Node] = node;
        _spares.Remove(node.Node);
        _seats.Add(node);
    }

    private void Lose(NodeLost lost)
    {
        if (!_nodes.Remove(lost.Node)) return;
        _seats.Remove(lost.Node);
        _leaving.Remove(lost.Node);
        _mute.Remove(lost.Node);
        _rolls.Remove(lost.Node);
        _spares.Remove(lost.Node);
        foreach (var gone in _present.Values.Where(p => p.Node == lost.Node).ToArray()) _present.Remove(gone.Actor);
        var held = Enumerable.Range(0, _placement.Length).Where(s => _placement[s] == lost.Node).ToArray();
        var reason = $"{lost.Node} was lost{(held.Length > 0 ? $" with {PassLedger.Stages(held)}" : "")}: {lost.Reason}";
        if (_phase is Phase.Rolling or Phase.Homeless && held.Length > 0) Remember(reason, moves: false);
        if (_phase == Phase.Rolling) CloseRoll();
        else if (_phase == Phase.Homeless) _lost ??= lost.Reason;
        else if (_phase != Phase.Arriving && (!Works || held.Length > 0)) CallRoll(reason);
    }

    private void Lose(StageFailed failed)
    {
        var reason = $"stage {failed.Stage} on {failed.Node}: {failed.Reason}";
        if (failed.WhileBuilding && _origin == BlockOrigin.Initial)
        {
            Fail(_lost is null ? reason : $"{_lost}; {reason}");
            return;
        }

        // A checkpoint that was whole when it was chosen, and is no more, is not chosen again.
        if (failed.WhileBuilding && _manifest is { } manifest) _refused.Add((manifest.Version, manifest.Ballot));
        CallRoll(reason, $"stage {failed.Stage}");
    }

    // Whatever was on its way is lost. Where one of the two is gone as well, that is what is told, and told once.
    private void Break(LaneBroken lane)
    {
        if (_nodes.ContainsKey(lane.From) && _nodes.ContainsKey(lane.To))
            CallRoll($"the lane between {lane.From} and {lane.To} broke: {lane.Reason}", $"lane {(lane.From, lane.To)}");
    }

    private void Leave(NodeLeaving news) => _nodesChanged |= _leaving.Add(news.Node);

    private sealed record RollOver(Ballot Ballot);

    private sealed class CallAgain
    {
        public static CallAgain Instance { get; } = new();
    }
}
