using PipelineRobustness.Pipeline.Messages;

namespace PipelineRobustness.Pipeline.Lanes;

/// <summary>
/// Lanes over TCP, plain or in TLS. Each is a connection of its own with a thread at either end, opened by whoever sends, at the first
/// message; both ends greet, so that each knows of the other who it is, of which run and incarnation.
/// </summary>
public sealed class TensorLanes : ILanes
{
    private readonly Lock _lock = new();
    private readonly LaneSetup _setup;
    private readonly LaneHandshake _greeter;
    private readonly LaneAcceptor _door;
    private readonly Dictionary<NodeId, OutgoingLane> _outgoing = [];
    private readonly Dictionary<string, IncomingLane> _incoming = [];
    private readonly Dictionary<string, LaneConnection> _watchers = [];
    private readonly Dictionary<NodeId, PeerWatch> _watches = [];
    private readonly HashSet<NodeId> _forgotten = [];
    private readonly HashSet<Task> _running = [];
    private bool _closed;

    /// <summary>Listens.</summary>
    /// <exception cref="System.Net.Sockets.SocketException">The address cannot be listened at.</exception>
    public TensorLanes(LaneSetup setup)
    {
        _setup = setup;
        _ = NodeNames.Write(setup.Node.Name);
        _greeter = new LaneHandshake(setup);
        _door = new LaneAcceptor(setup, _greeter, Welcome);
        Here = new LaneAddress(setup.Node, setup.Host, _door.Port);
    }

    /// <inheritdoc/>
    public LaneAddress Here { get; }

    /// <inheritdoc/>
    public void Send(LaneAddress peer, LaneEnd receiver, ITensorMessage message)
    {
        if (message is IWorkMessage { Work: var work }) _setup.Rules.Begin(work);
        OutgoingLane? lane = null;
        lock (_lock)
        {
            if (!_closed && !_forgotten.Contains(peer.Node) && !_outgoing.TryGetValue(peer.Node, out lane))
            {
                _outgoing.Add(peer.Node, lane = new OutgoingLane(peer, _greeter, _setup.Settings.WaitingMost, Ended));
                Run(lane.Ended);
            }
        }

        if (lane is null) message.Dispose();
        else lane.Send(receiver, message);
    }

    /// <inheritdoc/>
    public void Watch(LaneAddress peer)
    {
        lock (_lock)
        {
            if (_closed || _forgotten.Contains(peer.Node) || _watches.ContainsKey(peer.Node)) return;
            var watch = new PeerWatch(peer, _greeter, _setup);
            _watches.Add(peer.Node, watch);
            Run(watch.Ended);
        }
    }

    /// <inheritdoc/>
    public void Forget(NodeId peer)
    {
        lock (_lock)
        {
            _forgotten.Add(peer);
            if (_outgoing.Remove(peer, out var outgoing)) outgoing.Close();
            if (_incoming.TryGetValue(peer.Name, out var incoming) && incoming.Peer == peer) incoming.Close();
            if (_watches.Remove(peer, out var watch)) watch.Dispose();
        }

        _setup.Rules.Forget(peer);
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        Task[] running;
        lock (_lock)
        {
            _closed = true;
            _door.Dispose();
            foreach (var lane in _outgoing.Values) lane.Close();
            foreach (var lane in _incoming.Values) lane.Close();
            foreach (var watcher in _watchers.Values) watcher.Dispose();
            foreach (var watch in _watches.Values) watch.Dispose();
            running = [.. _running, _door.EndAsync()];
        }

        await Task.WhenAll(running).ConfigureAwait(false);
    }

    private void Ended(OutgoingLane lane, string reason)
    {
        lock (_lock)
        {
            if (_outgoing.GetValueOrDefault(lane.Peer) == lane) _outgoing.Remove(lane.Peer);
        }

        _setup.Events.Broken(lane.Peer, reason);
    }

    private void Welcome(Greeting greeting, LaneConnection connection)
    {
        var refused = greeting.Purpose == LanePurpose.Lane ? Receive(greeting.Node, connection) : Hold(greeting.Node, connection);
        connection.Dispose();
        if (refused is not null) _setup.Events.Offended($"{greeting.Node} ({connection.Place})", refused);
    }

    // One lane a peer: whoever opens another has lost the first, though here that may not have been noticed yet.
    private string? Receive(NodeId peer, LaneConnection connection)
    {
        IncomingLane lane;
        lock (_lock)
        {
            if (_closed) return null;
            if (_forgotten.Contains(peer)) return "lanes come from members, and it is none any more";
            if (!_incoming.Remove(peer.Name, out var former) && _incoming.Count >= _setup.Settings.PeersMost)
                return $"no more than {_setup.Settings.PeersMost} peers have lanes to here";
            former?.Replace();
            _incoming.Add(peer.Name, lane = new IncomingLane(peer, connection, _setup, _greeter));
        }

        lane.Run(() =>
        {
            lock (_lock)
                if (_incoming.GetValueOrDefault(peer.Name) == lane) _incoming.Remove(peer.Name);
        });
        return null;
    }

    // A watcher wants nothing but a connection that lives as long as this process.
    private string? Hold(NodeId watcher, LaneConnection connection)
    {
        lock (_lock)
        {
            if (_closed) return null;
            if (!_watchers.Remove(watcher.Name, out var former) && _watchers.Count >= _setup.Settings.PeersMost)
                return $"no more than {_setup.Settings.PeersMost} peers watch";
            former?.Dispose();
            _watchers.Add(watcher.Name, connection);
        }

        var said = false;
        try
        {
            _greeter.Answer(LanePurpose.Watch, connection);
            said = connection.Remote.ReadByte() >= 0;
        }
        catch (Exception e) when (e is IOException or ObjectDisposedException or System.Net.Sockets.SocketException)
        {
            // It is gone.
        }

        lock (_lock)
            if (_watchers.GetValueOrDefault(watcher.Name) == connection) _watchers.Remove(watcher.Name);
        return said ? "a watcher says nothing" : null;
    }

    // Called under the lock.
    private void Run(Task task)
    {
        _running.RemoveWhere(one => one.IsCompleted);
        _running.Add(task);
    }
}
