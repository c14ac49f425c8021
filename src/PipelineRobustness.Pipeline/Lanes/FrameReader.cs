using PipelineRobustness.Models.Training;
using PipelineRobustness.Pipeline.Messages;
using PipelineRobustness.Pipeline.Referee;
using static TorchSharp.torch;

namespace PipelineRobustness.Pipeline.Lanes;

/// <summary>A received message.</summary>
public sealed record Frame(LaneEnd Receiver, ITensorMessage Message);

/// <summary>
/// Reads frames from a stream, directly into their tensors' memory, which is allocated once the rules accept a frame; stale frames
/// are skipped. It throws only the exceptions below, for any bytes.
/// </summary>
/// <param name="stream">The frames.</param>
/// <param name="from">Their sender.</param>
/// <param name="rules">Which frames are accepted.</param>
public sealed class FrameReader(Stream stream, NodeId from, LaneRules rules)
{
    private const int ScratchBytes = 64 << 10;

    private byte[] _header = new byte[512];
    private byte[]? _scratch;

    /// <summary>Is notified of each frame's progress, to limit how long it takes.</summary>
    internal IFrameProgress Progress { get; init; } = NoProgress.Instance;

    /// <summary>The next accepted frame; null if the stream ends after a complete frame.</summary>
    /// <exception cref="ProtocolViolationException">The sender violated a rule; nothing of the frame was kept.</exception>
    /// <exception cref="EndOfStreamException">The stream ended within a frame.</exception>
    /// <exception cref="IOException">The stream failed.</exception>
    public Frame? Next()
    {
        while (ReadHeader() is { } header)
        {
            var run = rules.Judge(from, header);
            var frame = run is null ? null : Take(header, run);
            if (run is null) Skip(header);
            Progress.End();
            if (frame is not null) return frame;
        }

        return null;
    }

    private FrameHeader? ReadHeader()
    {
        var prefix = _header.AsSpan(0, FrameHeader.PrefixBytes);
        var read = stream.Read(prefix);
        if (read == 0) return null;
        Progress.Begin();
        stream.ReadExactly(prefix[read..]);
        var rest = FrameHeader.RestOf(prefix);
        if (rest > _header.Length) _header = new byte[rest];
        stream.ReadExactly(_header, 0, rest);
        var header = FrameHeader.Read(_header.AsSpan(0, rest));
        Progress.Advance();
        return header;
    }

    private Frame Take(FrameHeader header, RunFrames run)
    {
        var tensors = new List<Tensor>();
        try
        {
            foreach (var parameter in header.Tensors)
            {
                for (var i = 0; i < header.TensorsEach; i++)
                {
                    tensors.Add(empty(parameter.Shape, parameter.Type));
                    TensorMemory.Read(stream, tensors[^1], Progress.Advance);
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
        FrameKind.Exhibit => new ExhibitShown(header.Work, header.From, Key(header), tensors[0]),
        FrameKind.State => new StateShown(header.Work, header.From, Key(header), State(header, tensors, run)),
        _ => new BlockCollected(header.Work, header.From, State(header, tensors, run)),
    };

    private static ExhibitKey Key(FrameHeader header) => new(header.Block, header.Exhibit, header.MicroBatch);

    // Names come from the model, never from the wire.
    private static BlockState State(FrameHeader header, List<Tensor> tensors, RunFrames run) => new(
        run.Range(header.Block),
        [
            .. run.Parameters(header.Block).Select((parameter, i) => new ParameterState(
                parameter.Name, parameter.Tied, tensors[3 * i], tensors[3 * i + 1], tensors[3 * i + 2], header.Tensors[i].Steps)),
        ],
        run.Plan.Defence.StateHash);

    private void Skip(FrameHeader header)
    {
        _scratch ??= new byte[ScratchBytes];
        for (var left = header.Tensors.Sum(tensor => tensor.Bytes) * header.TensorsEach; left > 0;)
        {
            var read = stream.Read(_scratch, 0, (int)Math.Min(left, _scratch.Length));
            if (read == 0) throw new EndOfStreamException();
            left -= read;
            Progress.Advance();
        }
    }
}
