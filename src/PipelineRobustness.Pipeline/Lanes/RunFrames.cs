using PipelineRobustness.Models.Shape;
using PipelineRobustness.Pipeline.Messages;
using PipelineRobustness.Pipeline.Ports;
using PipelineRobustness.Pipeline.Remedies;
using PipelineRobustness.Pipeline.Running;
using PipelineRobustness.Pipeline.Verification;
using static TorchSharp.torch;

namespace PipelineRobustness.Pipeline.Lanes;

/// <summary>The frames that a run's nodes may send each other: which stage to which by which link, and of what shape.</summary>
internal sealed class RunFrames(RunPlan plan)
{
    private readonly long[] _activation = [plan.MicroBatchSize, plan.SequenceLength, plan.Model.Hidden];
    private readonly long[] _tied = [plan.Model.VocabularySize, plan.Model.EmbeddingWidth];
    private readonly IReadOnlyList<BlockRange> _cut = Cut.Balanced(plan.Model, plan.Stages);
    private readonly PassPlan _whole = new(plan.Stages, plan.Copies, []);
    private readonly IRemedy _remedy = plan.Defence.Rule;

    public RunPlan Plan => plan;

    public bool JumpsThroughServer => _remedy.JumpsThroughServer;

    /// <summary>Micro-batches that one pass, or one round of an evaluation, can have.</summary>
    public int MicroBatchesMost(Purpose purpose) =>
        purpose == Purpose.Training ? plan.MicroBatches : plan.RoundMost;

    public BlockRange Range(int block) => _cut[block];

    public IReadOnlyList<ParameterShape> Parameters(int block) => ParameterShape.Of(plan.Model, _cut[block]);

    /// <summary>The rule that a frame breaks, or null.</summary>
    public string? Fault(FrameHeader header) => header.Kind switch
    {
        FrameKind.Tensor => FaultOfTensor(header),
        FrameKind.Transfer => Within(header.Block, plan.Stages, "a block") ?? Within(header.To, plan.Stages, "a receiving stage")
            ?? (header.Receiver == LaneEnd.Stage && (header.To == header.Block || PassPlan.CopyHeldBy(header.To, plan.Stages, plan.Copies) == header.Block)
                ? null : $"stage {header.To} does not hold block {header.Block}")
            ?? FaultOfState(header),
        _ => Within(header.Block, plan.Stages, "a block")
            ?? (header.From == header.Block ? null : "a stage gives the server its own block")
            ?? (header.Receiver == LaneEnd.Server ? null : "a block is collected by the server")
            ?? FaultOfState(header),
    };

    private string? FaultOfTensor(FrameHeader header)
    {
        var fault = Within(header.From, plan.Stages, "a sending stage") ?? Within(header.To, plan.Stages, "a receiving stage")
            ?? Within(header.MicroBatch, header.Work.Purpose == Purpose.Training ? plan.MicroBatches : int.MaxValue, "a micro-batch")
            ?? (header.Tensors[0].Steps == 0 ? null : "a tensor has no step count");
        if (fault is not null) return fault;
        if (!Connects(header)) return $"stage {header.From} sends stage {header.To} nothing {header.Direction} by {header.Link} in {header.Work.Purpose}";
        if (header.Receiver == LaneEnd.Server && !(JumpsThroughServer && header.Link == Link.Jump)) return "what goes through the server is a jump";
        if ((header.Rejected || header.Encloses) && (header.Link != Link.Neighbour || header.Work.Purpose != Purpose.Training))
            return "only a training frame to a neighbour may carry a rejection";
        if (header.Encloses && !(header.Rejected && header.Direction == Direction.Forward))
            return "only a forward frame that carries a rejection may enclose a tensor";
        return header.Work.Purpose == Purpose.Evaluation
            ? FaultOfEvaluation(header.Tensors[0])
            : FaultOf(header.Tensors[0], Shape(header)) ?? (header.Encloses ? FaultOf(header.Tensors[1], _activation) : null);
    }

    private long[] Shape(FrameHeader header) => header.Link == Link.Tied ? _tied : IsLoss(header) ? [] : _activation;

    private bool IsLoss(FrameHeader header) => header.Direction == Direction.Forward && header.From == plan.Stages - 1;

    // The neighbours of skipped stages send to each other directly; a frame does not say which stages are skipped.
    private bool Connects(FrameHeader header)
    {
        var (from, to) = (header.From, header.To);
        if (header.Work.Purpose == Purpose.Evaluation)
            return header is { Direction: Direction.Forward, Link: Link.Neighbour } && to == from + 1;
        var skips = _remedy.LeavesStagesOut;
        return (header.Direction, header.Link) switch
        {
            (Direction.Forward, Link.Neighbour) when IsLoss(header) => to == _whole.CopyHolderOf(from),
            (Direction.Forward, Link.Neighbour) => skips ? from < to : to == from + 1,
            (Direction.Forward, Link.Jump) => skips ? Jumps(from, to) : _whole.JumpPartner(from) == to,
            (Direction.Backward, Link.Neighbour) => skips ? from > to : to == from - 1,
            (Direction.Backward, Link.Jump) => skips ? Jumps(to, from) : _whole.JumpSource(from) == to,
            (Direction.Backward, Link.Tied) => plan.Model.TiedHead && from != to && ExchangesTied(from, to),
            _ => false,
        };
    }

    private bool Jumps(int early, int late) =>
        plan.Copies != CopyPlacement.None && (early + 1 < late || (late == 0 && early > 0 && plan.Copies == CopyPlacement.Ring));

    private bool ExchangesTied(int from, int to)
    {
        var last = plan.Stages - 1;
        if (from != 0 && from != last) return false;
        var other = from == 0 ? last : 0;
        return to == other || to == _whole.CopyHolderOf(other);
    }

    private string? FaultOfEvaluation(FrameTensor tensor)
    {
        // The text's end makes smaller micro-batches.
        var fits = tensor.Shape is [var windows, var time, var hidden]
            && windows >= 1 && windows <= plan.MicroBatchSize && time >= 1 && time <= plan.SequenceLength && hidden == plan.Model.Hidden;
        return fits
            ? FaultOf(tensor, tensor.Shape)
            : $"an activation of an evaluation has at most the shape {Text(_activation)}, not {Text(tensor.Shape)}";
    }

    private string? FaultOfState(FrameHeader header)
    {
        var parameters = Parameters(header.Block);
        if (header.Tensors.Length != parameters.Count)
            return $"block {header.Block} has {parameters.Count} parameters, not {header.Tensors.Length}";
        for (var i = 0; i < parameters.Count; i++)
        {
            if (FaultOf(header.Tensors[i], parameters[i].Dimensions) is { } fault) return $"{parameters[i].Name}: {fault}";
            if (header.Tensors[i].Steps < 0) return $"{parameters[i].Name}: steps are counted from 0";
        }

        return null;
    }

    private static string? FaultOf(FrameTensor tensor, IReadOnlyList<long> shape)
    {
        if (tensor.Type != ScalarType.Float32) return $"a tensor is of type {ScalarType.Float32}, not {tensor.Type}";
        if (!tensor.Shape.SequenceEqual(shape)) return $"a tensor has the shape {Text(shape)}, not {Text(tensor.Shape)}";
        var bytes = shape.Aggregate((long)sizeof(float), (product, size) => checked(product * size));
        return tensor.Bytes == bytes ? null : $"a tensor of shape {Text(shape)} has {bytes} bytes, not {tensor.Bytes}";
    }

    private static string? Within(int number, int end, string what) =>
        number >= 0 && number < end ? null : $"{what} is from 0 to {end - 1}, not {number}";

    private static string Text(IEnumerable<long> shape) => $"[{string.Join(", ", shape)}]";
}
