using PipelineRobustness.Pipeline.Messages;
using PipelineRobustness.Pipeline.Nodes;

namespace PipelineRobustness.Pipeline.Lanes;

/// <summary>Writes messages to one peer, one after another. It ends with its connection and never connects again.</summary>
internal sealed class OutgoingLane
{
    private readonly LaneAddress _peer;
    private readonly LaneHandshake _handshake;
    private readonly SendQueue _queue;
    private readonly Action<OutgoingLane, string> _ended;
    private readonly Lock _lock = new();
    private LaneConnection? _connection;
    private bool _closed;
    private string? _reason;

    /// <summary>Starts.</summary>
    /// <param name="peer">The peer.</param>
    /// <param name="handshake">Connects.</param>
    /// <param name="maxQueuedBytes">The bytes that may be queued.</param>
    /// <param name="ended">Called once, with the reason, unless <see cref="Close"/> ended it.</param>
    public OutgoingLane(LaneAddress peer, LaneHandshake handshake, long maxQueuedBytes, Action<OutgoingLane, string> ended)
    {
        (_peer, _handshake, _ended) = (peer, handshake, ended);
        _queue = new SendQueue(maxQueuedBytes);
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
            var connection = _handshake.Connect(_peer, LanePurpose.Lane, Keep);
            greeted = true;
            _ = LaneThread.Start($"end of lane to {_peer.Node}", () => Listen(connection));
            var writer = new FrameWriter(connection.Remote) { Progress = connection };
            while (_queue.Use(writer.Write))
            {
            }
        }
        catch (Exception e)
        {
            _reason ??= _connection is not { Expired: true } ? Lines.First(e)
                : greeted ? "the peer accepted nothing for too long" : "no greeting came in time";
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

    // The other end sends nothing on a lane. Without this, only the next message would notice its end, and after the last none would.
    private void Listen(LaneConnection connection)
    {
        try
        {
            _reason ??= connection.Remote.ReadByte() < 0 ? "closed by the peer" : "the peer sent something on a lane to it";
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
