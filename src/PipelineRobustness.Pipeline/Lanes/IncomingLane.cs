using PipelineRobustness.Pipeline.Messages;
using PipelineRobustness.Pipeline.Nodes;

namespace PipelineRobustness.Pipeline.Lanes;

/// <summary>Messages from one peer, which has greeted, read on the connection's thread until it ends.</summary>
internal sealed class IncomingLane(NodeId peer, LaneConnection connection, LaneSetup setup, LaneHandshake greeter)
{
    private volatile bool _closed;
    private volatile bool _replaced;

    public NodeId Peer => peer;

    public void Close()
    {
        _closed = true;
        connection.Dispose();
    }

    /// <summary>The peer opened another in its place.</summary>
    public void Replace()
    {
        _replaced = true;
        connection.Dispose();
    }

    /// <summary>Reads to the end, and tells of it once <paramref name="ended"/> was called.</summary>
    public void Run(Action ended)
    {
        var (reason, rule) = Read();
        connection.Dispose();
        ended();
        if (_closed) return;
        if (_replaced) (reason, rule) = ("the peer opened another", null);
        if (rule is not null) setup.Events.Offended($"{peer} ({connection.Place})", rule);
        setup.Events.Broken(peer, reason);
    }

    private (string Reason, string? Rule) Read()
    {
        try
        {
            greeter.Answer(LanePurpose.Lane, connection);
            var reader = new FrameReader(connection.Remote, peer, setup.Rules) { Pace = connection };
            while (reader.Next() is { } frame) setup.Events.Arrived(peer, frame.Receiver, frame.Message);
            return ("closed by the peer", null);
        }
        catch (ProtocolViolationException e)
        {
            return (e.Message, e.Message);
        }
        catch (Exception e)
        {
            var rule = connection.Expired ? "what has begun goes on in time" : null;
            return (rule ?? Lines.First(e), rule);
        }
    }
}
