using PipelineRobustness.Pipeline.Messages;
using PipelineRobustness.Pipeline.Nodes;

namespace PipelineRobustness.Pipeline.Lanes;

/// <summary>Reads messages from one peer, which has greeted, on the connection's thread until it ends.</summary>
internal sealed class IncomingLane(NodeId peer, LaneConnection connection, LaneSetup setup, LaneHandshake handshake)
{
    private volatile bool _closed;
    private volatile bool _replaced;

    public NodeId Peer => peer;

    public void Close()
    {
        _closed = true;
        connection.Dispose();
    }

    /// <summary>The peer opened another lane in its place.</summary>
    public void Replace()
    {
        _replaced = true;
        connection.Dispose();
    }

    /// <summary>Reads to the end, calls <paramref name="ended"/>, and reports the end.</summary>
    public void Run(Action ended)
    {
        var (reason, rule) = Read();
        connection.Dispose();
        ended();
        if (_closed) return;
        if (_replaced) (reason, rule) = ("the peer opened another", null);
        if (rule is not null) setup.Events.Violated($"{peer} ({connection.RemoteEndPoint})", rule);
        setup.Events.Broken(peer, reason);
    }

    private (string Reason, string? Rule) Read()
    {
        try
        {
            handshake.Acknowledge(LanePurpose.Lane, connection);
            var reader = new FrameReader(connection.Remote, peer, setup.Rules) { Progress = connection };
            while (reader.Next() is { } frame) setup.Events.Arrived(peer, frame.Receiver, frame.Message);
            return ("closed by the peer", null);
        }
        catch (ProtocolViolationException e)
        {
            return (e.Message, e.Message);
        }
        catch (Exception e)
        {
            var rule = connection.Expired ? "a frame makes progress in time" : null;
            return (rule ?? Lines.First(e), rule);
        }
    }
}
