using PipelineRobustness.Pipeline.Messages;
using PipelineRobustness.Pipeline.Nodes;

namespace PipelineRobustness.Pipeline.Lanes;

/// <summary>Messages to one peer: connects, writes them one after the other, and ends for good when the connection does.</summary>
internal sealed class OutgoingLane
{
    private readonly LaneAddress _peer;
    private readonly LaneHandshake _greeter;
    private readonly SendQueue _queue;
    private readonly Action<OutgoingLane, string> _ended;
    private readonly Lock _lock = new();
    private LaneConnection? _connection;
    private bool _closed;
    private string? _reason;

    /// <summary>Starts.</summary>
    /// <param name="peer">To whom.</param>
    /// <param name="greeter">Connects.</param>
    /// <param name="waitingMost">Bytes that may wait.</param>
    /// <param name="ended">Told once, with the reason, unless it was closed from here.</param>
    public OutgoingLane(LaneAddress peer, LaneHandshake greeter, long waitingMost, Action<OutgoingLane, string> ended)
    {
        (_peer, _greeter, _ended) = (peer, greeter, ended);
        _queue = new SendQueue(waitingMost);
        Ended = LaneThread.Start($"lane to {peer.Node}", Run);
    }

    public NodeId Peer => _peer.Node;

    public Task Ended { get; }

    public void Send(LaneEnd receiver, ITensorMessage message) => _queue.Put(receiver, message);

    public void Close()
    {
        lock (_lock)
        {
            _closed = true;
            _connection?.Dispose();
        }

        _queue.Close();
    }

    private void Run()
    {
        var greeted = false;
        try
        {
            var connection = _greeter.Reach(_peer, LanePurpose.Lane, Keep);
            greeted = true;
            _ = LaneThread.Start($"end of lane to {_peer.Node}", () => Listen(connection));
            var writer = new FrameWriter(connection.Remote) { Pace = connection };
            while (_queue.Use(writer.Write))
            {
            }
        }
        catch (Exception e)
        {
            _reason ??= _connection is not { Expired: true } ? Lines.First(e)
                : greeted ? "the peer took nothing for too long" : "nobody greeted in time";
        }

        End();
    }

    private void Keep(LaneConnection connection)
    {
        lock (_lock)
        {
            _connection = connection;
            if (_closed) connection.Dispose();
        }
    }

    // The other end says nothing on a lane. That it is gone would else be noticed by the next message only, too late for the last.
    private void Listen(LaneConnection connection)
    {
        try
        {
            _reason ??= connection.Remote.ReadByte() < 0 ? "closed by the peer" : "the peer spoke on a lane from here";
        }
        catch (Exception e)
        {
            _reason ??= Lines.First(e);
        }

        connection.Dispose();
        _queue.Close();
    }

    private void End()
    {
        bool closed;
        lock (_lock) closed = _closed;
        Close();
        if (!closed) _ended(this, _reason ?? "closed by the peer");
    }
}
