using System.Buffers;
using System.Buffers.Binary;
using PipelineRobustness.Models.Training;
using PipelineRobustness.Pipeline.Messages;
using PipelineRobustness.Pipeline.Ports;
using PipelineRobustness.Pipeline.Referee;
using static TorchSharp.torch;

namespace PipelineRobustness.Pipeline.Lanes;

/// <summary>The message in a frame.</summary>
internal enum FrameKind
{
    /// <summary><see cref="TensorSent"/>.</summary>
    Tensor,

    /// <summary><see cref="BlockTransfer"/>.</summary>
    Transfer,

    /// <summary><see cref="BlockCollected"/>.</summary>
    Collected,

    /// <summary><see cref="ExhibitShown"/>.</summary>
    Exhibit,

    /// <summary><see cref="StateShown"/>.</summary>
    State,
}

/// <summary>A tensor or, in a frame with a block's state, a parameter: three tensors of one shape.</summary>
/// <param name="Type">The elements' type.</param>
/// <param name="Shape">Dimensions.</param>
/// <param name="Bytes">Bytes of each tensor.</param>
/// <param name="Steps">Optimizer steps of the parameter; 0 for a tensor.</param>
internal sealed record FrameTensor(ScalarType Type, long[] Shape, long Bytes, long Steps);

/// <summary>
/// The little-endian fields before a frame's tensors. Reading it allocates memory for the header only; <see cref="LaneRules"/> judges its
/// contents.
/// </summary>
internal sealed record FrameHeader
{
    /// <summary>Magic and length of the rest.</summary>
    public const int PrefixBytes = 8;

    /// <summary>The maximum length of the rest: some 7,000 parameters.</summary>
    public const int BytesMost = 256 << 10;

    private const int Magic = 0x324D5246, Kinds = 5, Ends = 2, Directions = 2, Purposes = 2, RankMost = 8, Exhibits = 5;
    private const int RejectedFlag = 1, EnclosedFlag = 2, Flags = 4;

    public required FrameKind Kind { get; init; }

    public required LaneEnd Receiver { get; init; }

    public required StepId Work { get; init; }

    public Direction Direction { get; init; }

    public Link Link { get; init; }

    public int MicroBatch { get; init; }

    /// <summary>The sending stage, also of a state that is collected or shown.</summary>
    public int From { get; init; }

    public int To { get; init; }

    public int Block { get; init; }

    /// <summary>Of what is shown to the referee, which it is.</summary>
    public ExhibitKind Exhibit { get; init; }

    public bool Rejected { get; init; }

    public required FrameTensor[] Tensors { get; init; }

    public bool Encloses => Kind == FrameKind.Tensor && Tensors.Length == 2;

    public int TensorsEach => Kind is FrameKind.Tensor or FrameKind.Exhibit ? 1 : 3;

    /// <summary>The header of a message.</summary>
    public static FrameHeader Of(LaneEnd receiver, ITensorMessage message) => message switch
    {
        TensorSent sent => new()
        {
            Kind = FrameKind.Tensor,
            Receiver = receiver,
            Work = sent.Work,
            Direction = sent.Direction,
            Link = sent.Link,
            MicroBatch = sent.MicroBatch,
            From = sent.From,
            To = sent.To,
            Rejected = sent.Rejected,
            Tensors = sent.Enclosed is null ? [Of(sent.Value)] : [Of(sent.Value), Of(sent.Enclosed)],
        },
        BlockTransfer transfer => new()
        {
            Kind = FrameKind.Transfer,
            Receiver = receiver,
            Work = transfer.Work,
            To = transfer.To,
            Block = transfer.Block,
            Tensors = Of(transfer.State),
        },
        BlockCollected collected => new()
        {
            Kind = FrameKind.Collected,
            Receiver = receiver,
            Work = collected.Work,
            From = collected.Stage,
            Block = collected.State.Range.Index,
            Tensors = Of(collected.State),
        },
        ExhibitShown shown => Of(FrameKind.Exhibit, receiver, shown.Work, shown.Stage, shown.Key, [Of(shown.Value)]),
        StateShown shown => Of(FrameKind.State, receiver, shown.Work, shown.Stage, shown.Key, Of(shown.State)),
        _ => throw new ArgumentException($"expected a message that travels by lane, found {message.GetType().Name}", nameof(message)),
    };

    /// <summary>The length of what follows the prefix.</summary>
    public static int RestOf(ReadOnlySpan<byte> prefix)
    {
        if (BinaryPrimitives.ReadInt32LittleEndian(prefix) != Magic) throw new ProtocolViolationException("a frame begins with its magic number");
        var rest = BinaryPrimitives.ReadInt32LittleEndian(prefix[sizeof(int)..]);
        return rest is > 0 and <= BytesMost
            ? rest
            : throw new ProtocolViolationException($"a frame's header has 1 to {BytesMost} bytes, not {rest}");
    }

    public void Write(ArrayBufferWriter<byte> output)
    {
        output.ResetWrittenCount();
        var writer = new HeaderWriter(output);
        writer.Int32(Magic);
        writer.Int32(0);
        writer.Byte((int)Kind);
        writer.Byte((int)Receiver);
        writer.Byte((Rejected ? RejectedFlag : 0) | (Encloses ? EnclosedFlag : 0));
        writer.Byte((int)Direction);
        writer.Byte((int)Link);
        writer.Int32(MicroBatch);
        writer.Int32(From);
        writer.Int32(To);
        writer.Int32(Block);
        writer.Byte((int)Exhibit);
        WriteWork(writer);
        writer.UInt16(Tensors.Length);
        foreach (var tensor in Tensors)
        {
            writer.Byte((int)tensor.Type);
            writer.Byte(tensor.Shape.Length);
            foreach (var size in tensor.Shape) writer.Int64(size);
            writer.Int64(tensor.Bytes);
            writer.Int64(tensor.Steps);
        }

        var rest = output.WrittenCount - PrefixBytes;
        if (rest > BytesMost) throw new InvalidOperationException($"a frame's header of {rest} bytes has more than {BytesMost}");
        BinaryPrimitives.WriteInt32LittleEndian(
            System.Runtime.InteropServices.MemoryMarshal.AsMemory(output.WrittenMemory).Span[sizeof(int)..], rest);
    }

    /// <summary>Reads what follows the prefix.</summary>
    /// <exception cref="ProtocolViolationException">It is not a header.</exception>
    public static FrameHeader Read(ReadOnlySpan<byte> rest)
    {
        var reader = new HeaderReader(rest);
        var kind = (FrameKind)reader.OneOf(Kinds, "a frame's kind");
        var receiver = (LaneEnd)reader.OneOf(Ends, "a frame's receiver");
        var flags = reader.OneOf(Flags, "a frame's flags");
        var header = new FrameHeader
        {
            Kind = kind,
            Receiver = receiver,
            Rejected = (flags & RejectedFlag) != 0,
            Direction = (Direction)reader.OneOf(Directions, "a direction"),
            Link = (Link)reader.OneOf((int)Link.Comparison + 1, "a link"),
            MicroBatch = reader.Int32(),
            From = reader.Int32(),
            To = reader.Int32(),
            Block = reader.Int32(),
            Exhibit = (ExhibitKind)reader.OneOf(Exhibits, "an exhibit"),
            Work = ReadWork(ref reader),
            Tensors = ReadTensors(ref reader),
        };
        if (!reader.AtEnd) throw new ProtocolViolationException("a header has no more than its fields");
        if (kind == FrameKind.Tensor && header.Tensors.Length != ((flags & EnclosedFlag) != 0 ? 2 : 1))
            throw new ProtocolViolationException($"a frame of a tensor has one, or two where one is enclosed, not {header.Tensors.Length}");
        if (kind == FrameKind.Exhibit && header.Tensors.Length != 1)
            throw new ProtocolViolationException($"a frame of an exhibit has one tensor, not {header.Tensors.Length}");
        return header;
    }

    private void WriteWork(HeaderWriter writer)
    {
        var name = NodeNames.Write(Work.Ballot.Node.Name);
        writer.Int64(Work.Ballot.Counter);
        writer.UInt64(Work.Ballot.Node.Incarnation);
        writer.Byte(name.Length);
        writer.Bytes(name);
        writer.Int64(Work.Iteration);
        writer.Byte((int)Work.Purpose);
        writer.Int32(Work.Retry);
        writer.Int32(Work.Attempt);
        writer.Int32(Work.Pass);
    }

    private static StepId ReadWork(ref HeaderReader reader)
    {
        var counter = reader.Int64();
        var incarnation = reader.UInt64();
        var node = new NodeId(NodeNames.Read(reader.Bytes(reader.Byte())), incarnation);
        var iteration = reader.Int64();
        var purpose = (Purpose)reader.OneOf(Purposes, "a purpose");
        var work = new StepId(new Ballot(counter, node), iteration, purpose, reader.Int32(), reader.Int32(), reader.Int32());
        return counter >= 0 && iteration >= 0 && work.Retry >= 0 && work.Attempt >= 0 && work.Pass >= 0
            ? work
            : throw new ProtocolViolationException("a step has no negative numbers");
    }

    private static FrameTensor[] ReadTensors(ref HeaderReader reader)
    {
        var tensors = new List<FrameTensor>();
        for (int left = reader.UInt16(); left > 0; left--)
        {
            var type = (ScalarType)reader.Byte();
            var shape = new long[reader.OneOf(RankMost + 1, "a tensor's rank")];
            for (var i = 0; i < shape.Length; i++) shape[i] = reader.Int64();
            tensors.Add(new FrameTensor(type, shape, reader.Int64(), reader.Int64()));
        }

        return [.. tensors];
    }

    private static FrameHeader Of(FrameKind kind, LaneEnd receiver, StepId work, int stage, ExhibitKey key, FrameTensor[] tensors) => new()
    {
        Kind = kind,
        Receiver = receiver,
        Work = work,
        From = stage,
        Block = key.Block,
        Exhibit = key.Kind,
        MicroBatch = key.MicroBatch,
        Tensors = tensors,
    };

    private static FrameTensor Of(Tensor tensor, long steps = 0) =>
        new(tensor.dtype, tensor.shape, tensor.NumberOfElements * tensor.ElementSize, steps);

    private static FrameTensor[] Of(BlockState state) => [.. state.Parameters.Select(p => Of(p.Weight, p.Steps))];
}
