using PipelineRobustness.Models.Training;
using PipelineRobustness.Pipeline.Messages;
using static TorchSharp.torch;

namespace PipelineRobustness.Pipeline.Lanes;

/// <summary>A message that came, and for whom.</summary>
public sealed record Frame(LaneEnd Receiver, ITensorMessage Message);

/// <summary>
/// Reads frames from a stream, straight into their tensors' memory, which is taken once the rules have nothing against a
/// frame; what is stale is read over. Whatever the bytes, only the exceptions below come of them.
/// </summary>
/// <param name="stream">Where frames come from.</param>
/// <param name="from">Who sends them.</param>
/// <param name="rules">What may come.</param>
public sealed class FrameReader(Stream stream, NodeId from, LaneRules rules)
{
    private const int ScratchBytes = 64 << 10;

    private byte[] _header = new byte[512];
    private byte[]? _scratch;

    /// <summary>When a frame begins, when it goes on, and when it has ended: for whoever watches over how long that takes.</summary>
    internal IFramePace Pace { get; init; } = NoPace.Instance;

    /// <summary>The next frame that is to be taken; null at the stream's end, after a whole frame.</summary>
    /// <exception cref="ProtocolViolationException">The sender broke a rule; nothing of the frame was kept.</exception>
    /// <exception cref="EndOfStreamException">The stream ended within a frame.</exception>
    /// <exception cref="IOException">The stream failed.</exception>
    public Frame? Next()
    {
        while (ReadHeader() is { } header)
        {
            var run = rules.Judge(from, header);
            var frame = run is null ? null : Take(header, run);
            if (run is null) ReadOver(header);
            Pace.Ended();
            if (frame is not null) return frame;
        }

        return null;
    }

    private FrameHeader? ReadHeader()
    {
        var prefix = _header.AsSpan(0, FrameHeader.PrefixBytes);
        var read = stream.Read(prefix);
        if (read == 0) return null;
        Pace.Began();
        stream.ReadExactly(prefix[read..]);
        var rest = FrameHeader.RestOf(prefix);
        if (rest > _header.Length) _header = new byte[rest];
        stream.ReadExactly(_header, 0, rest);
        var header = FrameHeader.Read(_header.AsSpan(0, rest));
        Pace.GoesOn();
        return header;
    }

    private Frame Take(FrameHeader header, RunFrames run)
    {
        var tensors = new List<Tensor>();
        try
        {
            foreach (var told in header.Tensors)
            {
                for (var i = 0; i < header.TensorsEach; i++)
                {
                    tensors.Add(empty(told.Shape, told.Type));
                    TensorMemory.Read(stream, tensors[^1], Pace.GoesOn);
                }
            }

            return new Frame(header.Receiver, Message(header, tensors, run));
        }
        catch
        {
            foreach (var tensor in tensors) tensor.Dispose();
            throw;
        }
    }

    private static ITensorMessage Message(FrameHeader header, List<Tensor> tensors, RunFrames run) => header.Kind switch
    {
        FrameKind.Tensor => new TensorSent(
            header.Work, header.Direction, header.Link, header.MicroBatch, header.From, header.To, tensors[0], header.Rejected,
            header.Encloses ? tensors[1] : null),
        FrameKind.Transfer => new BlockTransfer(header.Work, header.Block, header.To, State(header, tensors, run)),
        _ => new BlockCollected(header.Work, header.From, State(header, tensors, run)),
    };

    // Names are known from the model: none comes by the wire.
    private static BlockState State(FrameHeader header, List<Tensor> tensors, RunFrames run) => new(
        run.Range(header.Block),
        [
            .. run.Parameters(header.Block).Select((parameter, i) => new ParameterState(
                parameter.Name, parameter.Tied, tensors[3 * i], tensors[3 * i + 1], tensors[3 * i + 2], header.Tensors[i].Steps)),
        ]);

    private void ReadOver(FrameHeader header)
    {
        _scratch ??= new byte[ScratchBytes];
        for (var left = header.Tensors.Sum(tensor => tensor.Bytes) * header.TensorsEach; left > 0;)
        {
            var read = stream.Read(_scratch, 0, (int)Math.Min(left, _scratch.Length));
            if (read == 0) throw new EndOfStreamException();
            left -= read;
            Pace.GoesOn();
        }
    }
}
