using PipelineRobustness.Pipeline.Messages;
using PipelineRobustness.Pipeline.Ports;
using PipelineRobustness.Pipeline.Schedules;

namespace PipelineRobustness.Pipeline.Stages.ShapeOnly;

/// <summary>One stage's share of a training pass in which nothing is computed: what arrived, what is next, what is missing.</summary>
internal sealed class ShapeOnlyPass(StepId work, ShapeOnlyShare share, IHeldBlock own, IHeldBlock? copy, IStageOutlet outlet) : IStagePass
{
    private const int Links = 2;

    // By direction, link and micro-batch; the tied matrix is separate.
    private readonly bool[] _here = new bool[2 * Links * share.MicroBatches];
    private bool _tiedHere;
    private int _next;

    public bool Finished { get; private set; }

    public bool StepsAtOnce => true;

    public string Next => share.Step(_next);

    public string? Missing => CanAdvance ? null : share.Missing(_next);

    public bool CanAdvance => _next < share.Tasks.Length ? HasAll(share.Tasks[_next]) : !share.WaitsForTied || _tiedHere;

    public void Deliver(SizeSent message)
    {
        if (message.Link == Link.Tied) _tiedHere = true;
        else _here[At(message.Direction, message.Link, message.MicroBatch)] = true;
    }

    public void Deliver(TensorSent message) => message.Dispose();

    public void Deliver(Inspected outcome)
    {
    }

    public void OpenGate()
    {
    }

    public void Advance()
    {
        if (_next == share.Tasks.Length)
        {
            Prepare();
            return;
        }

        var task = share.Tasks[_next];
        var block = task.Kind is StageTaskKind.CopyForward or StageTaskKind.CopyBackward ? share.Copied : share.Stage;
        share.Behaviour.BeforeWork(WorkContext.Of(work, task.MicroBatch, task.Direction, share.Stage, block));
        share.Send(task, work, outlet);
        if (++_next == share.Tasks.Length) share.SendTied(work, outlet);
    }

    public void Dispose()
    {
    }

    private bool HasAll(StageTask task) => task.Kind switch
    {
        StageTaskKind.CopyForward => Has(Direction.Forward, Link.Neighbour, task) && (!share.AwaitsJump || Has(Direction.Forward, Link.Jump, task)),
        StageTaskKind.Forward => share.IsFirst || Has(Direction.Forward, Link.Neighbour, task),
        StageTaskKind.Backward => share.IsLast || Has(Direction.Backward, Link.Neighbour, task),
        _ => true,
    };

    private bool Has(Direction direction, Link link, StageTask task) => _here[At(direction, link, task.MicroBatch)];

    private int At(Direction direction, Link link, int microBatch) => ((((int)direction * Links) + (int)link) * share.MicroBatches) + microBatch;

    private void Prepare()
    {
        share.Behaviour.BeforePrepared(work.Iteration, share.Stage);
        outlet.Report(new Prepared(work, share.Stage, own.Report(), copy?.Report(), share.IsLast ? 0 : null, ""));
        Finished = true;
    }
}
