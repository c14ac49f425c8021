using PipelineRobustness.Pipeline.Messages;

namespace PipelineRobustness.Pipeline.Lanes;

/// <summary>
/// Lanes over TCP, with or without TLS. Each is a connection with a thread at either end, which the sender opens for its first message.
/// Both ends greet, so that each knows the other's node, run and incarnation.
/// </summary>
public sealed class TensorLanes : ILanes
{
    private readonly Lock _lock = new();
    private readonly LaneSetup _setup;
    private readonly LaneHandshake _handshake;
    private readonly LaneAcceptor _acceptor;
    private readonly Dictionary<NodeId, OutgoingLane> _outgoing = [];
    private readonly Dictionary<string, IncomingLane> _incoming = [];
    private readonly Dictionary<string, LaneConnection> _watchers = [];
    private readonly Dictionary<NodeId, PeerWatch> _watches = [];
    private readonly HashSet<NodeId> _forgotten = [];
    private readonly HashSet<Task> _running = [];
    private bool _closed;

    /// <summary>Listens.</summary>
    /// <exception cref="System.Net.Sockets.SocketException">It cannot listen on the address.</exception>
    public TensorLanes(LaneSetup setup)
    {
        _setup = setup;
        _ = NodeNames.Write(setup.Node.Name);
        _handshake = new LaneHandshake(setup);
        _acceptor = new LaneAcceptor(setup, _handshake, Welcome);
        Here = new LaneAddress(setup.Node, setup.Host, _acceptor.Port);
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
                _outgoing.Add(peer.Node, lane = new OutgoingLane(peer, _handshake, _setup.Settings.MaxQueuedBytes, Ended));
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
            var watch = new PeerWatch(peer, _handshake, _setup);
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
            _acceptor.Dispose();
            foreach (var lane in _outgoing.Values) lane.Close();
            foreach (var lane in _incoming.Values) lane.Close();
            foreach (var watcher in _watchers.Values) watcher.Dispose();
            foreach (var watch in _watches.Values) watch.Dispose();
            running = [.. _running, _acceptor.EndAsync()];
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
        if (refused is not null) _setup.Events.Violated($"{greeting.Node} ({connection.RemoteEndPoint})", refused);
    }

    // One lane per peer: a peer that opens another has lost the first, even if that was not noticed here yet.
    private string? Receive(NodeId peer, LaneConnection connection)
    {
        IncomingLane lane;
        lock (_lock)
        {
            if (_closed) return null;
            if (_forgotten.Contains(peer)) return "lanes come from members, and it is one no longer";
            if (!_incoming.Remove(peer.Name, out var former) && _incoming.Count >= _setup.Settings.MaxPeers)
                return $"no more than {_setup.Settings.MaxPeers} peers have lanes to here";
            former?.Replace();
            _incoming.Add(peer.Name, lane = new IncomingLane(peer, connection, _setup, _handshake));
        }

        lane.Run(() =>
        {
            lock (_lock)
                if (_incoming.GetValueOrDefault(peer.Name) == lane) _incoming.Remove(peer.Name);
        });
        return null;
    }

    // A watcher needs nothing but a connection that lasts as long as this process.
    private string? Hold(NodeId watcher, LaneConnection connection)
    {
        lock (_lock)
        {
            if (_closed) return null;
            if (!_watchers.Remove(watcher.Name, out var former) && _watchers.Count >= _setup.Settings.MaxPeers)
                return $"no more than {_setup.Settings.MaxPeers} peers watch";
            former?.Dispose();
            _watchers.Add(watcher.Name, connection);
        }

        var said = false;
        try
        {
            _handshake.Acknowledge(LanePurpose.Watch, connection);
            said = connection.Remote.ReadByte() >= 0;
        }
        catch (Exception e) when (e is IOException or ObjectDisposedException or System.Net.Sockets.SocketException)
        {
            // The watcher closed it.
        }

        lock (_lock)
            if (_watchers.GetValueOrDefault(watcher.Name) == connection) _watchers.Remove(watcher.Name);
        return said ? "a watcher sends nothing" : null;
    }

    // Called under the lock.
    private void Run(Task task)
    {
        _running.RemoveWhere(one => one.IsCompleted);
        _running.Add(task);
    }
}
