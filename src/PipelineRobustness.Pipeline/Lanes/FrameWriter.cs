using System.Buffers;
using PipelineRobustness.Pipeline.Messages;
using static TorchSharp.torch;

namespace PipelineRobustness.Pipeline.Lanes;

/// <summary>Writes messages that carry tensors to a stream, as frames.</summary>
public sealed class FrameWriter(Stream stream)
{
    private const int UsualHeaderBytes = 512;

    private readonly ArrayBufferWriter<byte> _header = new(UsualHeaderBytes);

    /// <summary>Is notified of each frame's progress.</summary>
    internal IFrameProgress Progress { get; init; } = NoProgress.Instance;

    /// <summary>Writes a message, which the caller keeps.</summary>
    public void Write(LaneEnd receiver, ITensorMessage message)
    {
        FrameHeader.Of(receiver, message).Write(_header);
        Progress.Begin();
        stream.Write(_header.WrittenSpan);
        foreach (var tensor in Tensors(message)) TensorMemory.Write(stream, tensor, Progress.Advance);
        Progress.End();
    }

    /// <summary>The bytes of a message's tensors, or those that they would have in a run of shapes only.</summary>
    internal static long Bytes(ITensorMessage message) => message switch
    {
        SizeSent sent => sent.Bytes,
        BlockTransfer transfer => transfer.State.Bytes,
        BlockCollected collected => collected.State.Bytes,
        _ => Tensors(message).Sum(tensor => tensor.NumberOfElements * tensor.ElementSize),
    };

    private static IEnumerable<Tensor> Tensors(ITensorMessage message) => message switch
    {
        TensorSent { Enclosed: { } enclosed } sent => [sent.Value, enclosed],
        TensorSent sent => [sent.Value],
        ExhibitShown shown => [shown.Value],
        BlockTransfer transfer => transfer.State.LiveState,
        BlockCollected collected => collected.State.LiveState,
        StateShown shown => shown.State.LiveState,
        _ => throw new ArgumentException($"expected a message that travels by lane, found {message.GetType().Name}", nameof(message)),
    };
}
