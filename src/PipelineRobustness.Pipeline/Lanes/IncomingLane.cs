namespace PipelineRobustness.Pipeline;

/// <summary>Messages from one peer, read on a thread of their own until the connection ends.</summary>
internal sealed class IncomingLane
{
    private readonly LaneConnection _connection;
    private readonly LaneSetup _setup;
    private readonly Action<IncomingLane> _ended;
    private volatile bool _closed;
    private volatile bool _replaced;

    /// <summary>Starts.</summary>
    /// <param name="peer">From whom.</param>
    /// <param name="connection">Greeted.</param>
    /// <param name="setup">Rules and listener.</param>
    /// <param name="ended">Told once.</param>
    public IncomingLane(NodeId peer, LaneConnection connection, LaneSetup setup, Action<IncomingLane> ended)
    {
        (Peer, _connection, _setup, _ended) = (peer, connection, setup, ended);
        Ended = LaneThread.Start($"lane from {peer}", Run);
    }

    public NodeId Peer { get; }

    public Task Ended { get; }

    public void Close()
    {
        _closed = true;
        _connection.Dispose();
    }

    /// <summary>The peer opened another in its place.</summary>
    public void Replace()
    {
        _replaced = true;
        _connection.Dispose();
    }

    private void Run()
    {
        var reason = "closed by the peer";
        string? rule = null;
        try
        {
            var reader = new FrameReader(_connection.Remote, Peer, _setup.Rules) { Pace = _connection };
            while (reader.Next() is { } frame) _setup.Events.Arrived(Peer, frame.Receiver, frame.Message);
        }
        catch (LaneOffenceException e)
        {
            reason = rule = e.Message;
        }
        catch (Exception e)
        {
            if (_connection.Expired && !_replaced) rule = "a frame that has begun goes on in time";
            reason = rule ?? Lines.First(e);
        }

        _connection.Dispose();
        _ended(this);
        if (_closed) return;
        if (_replaced) reason = "the peer opened another";
        if (rule is not null) _setup.Events.Offended($"{Peer} ({_connection.Place})", rule);
        _setup.Events.Broken(Peer, reason);
    }
}
