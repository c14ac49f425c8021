using PipelineRobustness.Pipeline.Lanes;
using PipelineRobustness.Pipeline.Messages;

namespace PipelineRobustness.Tests.Pipeline.Lanes;

/// <summary>Messages as bytes and back, without a connection.</summary>
internal static class FrameBytes
{
    /// <summary>The frame of a message, which is disposed of.</summary>
    public static byte[] Of(ITensorMessage message, LaneEnd receiver = LaneEnd.Stage)
    {
        using var _ = message;
        using var bytes = new MemoryStream();
        new FrameWriter(bytes).Write(receiver, message);
        return bytes.ToArray();
    }

    /// <summary>Whether the first frame is taken (true) or read over as stale (false); else throws the offence.</summary>
    public static bool IsTaken(LaneRules rules, NodeId from, byte[] bytes)
    {
        using var stream = new MemoryStream(bytes);
        var frame = new FrameReader(stream, from, rules).Next();
        frame?.Message.Dispose();
        Assert.Equal(bytes.Length, stream.Position);
        return frame is not null;
    }
}
