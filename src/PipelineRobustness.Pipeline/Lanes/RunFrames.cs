using PipelineRobustness.Models.Shape;
using PipelineRobustness.Pipeline.Messages;
using PipelineRobustness.Pipeline.Ports;
using PipelineRobustness.Pipeline.Referee;
using PipelineRobustness.Pipeline.Remedies;
using PipelineRobustness.Pipeline.Running;
using PipelineRobustness.Pipeline.Verification;
using static PipelineRobustness.Pipeline.Lanes.FrameShapes;

namespace PipelineRobustness.Pipeline.Lanes;

/// <summary>The frames that a run's nodes may send each other: which stage to which by which link, and of what shape.</summary>
internal sealed class RunFrames
{
    private readonly FrameShapes _shapes;
    private readonly PassPlan _whole;
    private readonly IRemedy _remedy;

    // Null where the remedy asks no referee.
    private readonly RefereedFrames? _refereed;

    public RunFrames(RunPlan plan)
    {
        (Plan, _remedy) = (plan, plan.Defence.Rule);
        _shapes = new FrameShapes(plan);
        _whole = new PassPlan(plan.Stages, plan.Copies, []);
        _refereed = _remedy.IsRefereed ? new RefereedFrames(Ring.Of(plan), _shapes) : null;
    }

    public RunPlan Plan { get; }

    /// <summary>Micro-batches that one pass, or one round of an evaluation, can have.</summary>
    public int MicroBatchesMost(Purpose purpose) =>
        purpose == Purpose.Training ? Plan.MicroBatches : Plan.RoundMost;

    public BlockRange Range(int block) => _shapes.Range(block);

    public IReadOnlyList<ParameterShape> Parameters(int block) => _shapes.Parameters(block);

    /// <summary>Whether a tensor between stages may go by way of the server, which then sends it on.</summary>
    public bool GoesThroughServer(FrameHeader header) => header.Kind == FrameKind.Tensor
        && (_refereed is not null ? header.Work.Purpose == Purpose.Training : _remedy.JumpsThroughServer && header.Link == Link.Jump);

    /// <summary>Whether a frame is a block's state that the referee hands on: it is of another pass than what holders send each other.</summary>
    public bool IsHandedOn(FrameHeader header) => _refereed is not null && header is { Kind: FrameKind.Transfer, Work.Pass: > 0 };

    /// <summary>The rule that a frame breaks, or null.</summary>
    public string? Fault(FrameHeader header) => header.Kind switch
    {
        FrameKind.Tensor => FaultOfTensor(header),
        FrameKind.Transfer => Within(header.Block, Plan.Stages, "a block") ?? Within(header.To, Plan.Stages, "a receiving stage")
            ?? (header.Receiver == LaneEnd.Stage && (header.To == header.Block || PassPlan.CopyHeldBy(header.To, Plan.Stages, Plan.Copies) == header.Block)
                ? null : $"stage {header.To} does not hold block {header.Block}")
            ?? _shapes.FaultOfState(header),
        FrameKind.Exhibit or FrameKind.State => _refereed is null ? "only a referee is shown anything" : _refereed.FaultOfShown(header),
        _ => Within(header.Block, Plan.Stages, "a block")
            ?? (header.From == header.Block ? null : "a stage gives the server its own block")
            ?? (header.Receiver == LaneEnd.Server ? null : "a block is collected by the server")
            ?? _shapes.FaultOfState(header),
    };

    private string? FaultOfTensor(FrameHeader header)
    {
        var fault = Within(header.From, Plan.Stages, "a sending stage") ?? Within(header.To, Plan.Stages, "a receiving stage")
            ?? Within(header.MicroBatch, header.Work.Purpose == Purpose.Training ? Plan.MicroBatches : int.MaxValue, "a micro-batch")
            ?? (header.Tensors[0].Steps == 0 ? null : "a tensor has no step count");
        if (fault is not null) return fault;
        if (!Connects(header)) return $"stage {header.From} sends stage {header.To} nothing {header.Direction} by {header.Link} in {header.Work.Purpose}";
        if (header.Receiver == LaneEnd.Server && !GoesThroughServer(header))
            return _refereed is null ? "what goes through the server is a jump" : "what goes through the server is of training";
        if ((header.Rejected || header.Encloses) && (header.Link != Link.Neighbour || header.Work.Purpose != Purpose.Training))
            return "only a training frame to a neighbour may carry a rejection";
        if (header.Encloses && !(header.Rejected && header.Direction == Direction.Forward))
            return "only a forward frame that carries a rejection may enclose a tensor";
        return header.Work.Purpose == Purpose.Evaluation
            ? FaultOfEvaluation(header.Tensors[0])
            : FaultOf(header.Tensors[0], Shape(header)) ?? (header.Encloses ? FaultOf(header.Tensors[1], _shapes.Activation) : null);
    }

    private long[] Shape(FrameHeader header) => header.Link == Link.Tied ? _shapes.Tied : IsLoss(header) ? [] : _shapes.Activation;

    private bool IsLoss(FrameHeader header) => header.Direction == Direction.Forward && header.From == Plan.Stages - 1;

    // The neighbours of skipped stages send to each other directly; a frame does not say which stages are skipped.
    private bool Connects(FrameHeader header)
    {
        var (from, to) = (header.From, header.To);
        if (header.Work.Purpose == Purpose.Evaluation)
            return header is { Direction: Direction.Forward, Link: Link.Neighbour } && to == from + 1;
        if (_refereed is not null) return _refereed.Connects(header);
        var skips = _remedy.LeavesStagesOut;
        return (header.Direction, header.Link) switch
        {
            (Direction.Forward, Link.Neighbour) when IsLoss(header) => to == _whole.CopyHolderOf(from),
            (Direction.Forward, Link.Neighbour) => skips ? from < to : to == from + 1,
            (Direction.Forward, Link.Jump) => skips ? Jumps(from, to) : _whole.JumpPartner(from) == to,
            (Direction.Backward, Link.Neighbour) => skips ? from > to : to == from - 1,
            (Direction.Backward, Link.Jump) => skips ? Jumps(to, from) : _whole.JumpSource(from) == to,
            (Direction.Backward, Link.Tied) => Plan.Model.TiedHead && from != to && ExchangesTied(from, to),
            _ => false,
        };
    }

    private bool Jumps(int early, int late) =>
        Plan.Copies != CopyPlacement.None && (early + 1 < late || (late == 0 && early > 0 && Plan.Copies == CopyPlacement.Ring));

    private bool ExchangesTied(int from, int to)
    {
        var last = Plan.Stages - 1;
        if (from != 0 && from != last) return false;
        var other = from == 0 ? last : 0;
        return to == other || to == _whole.CopyHolderOf(other);
    }

    private string? FaultOfEvaluation(FrameTensor tensor)
    {
        // The text's end makes smaller micro-batches.
        var fits = tensor.Shape is [var windows, var time, var hidden]
            && windows >= 1 && windows <= Plan.MicroBatchSize && time >= 1 && time <= Plan.SequenceLength && hidden == Plan.Model.Hidden;
        return fits
            ? FaultOf(tensor, tensor.Shape)
            : $"an activation of an evaluation has at most the shape {Text(_shapes.Activation)}, not {Text(tensor.Shape)}";
    }
}
