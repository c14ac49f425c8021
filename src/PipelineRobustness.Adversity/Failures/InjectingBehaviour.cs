using PipelineRobustness.Pipeline.Ports;
using static TorchSharp.torch;

namespace PipelineRobustness.Adversity.Failures;

/// <summary>
/// Injects a scenario's failures at the points that stages reach: those that change values where the values pass, the others before
/// the stage continues.
/// </summary>
/// <param name="inner">What stages do otherwise: attacks.</param>
public abstract class InjectingBehaviour(IStageBehaviour inner) : DelegatingBehaviour(inner)
{
    /// <inheritdoc/>
    public override Tensor Send(SendContext context, Tensor honest)
    {
        ArgumentNullException.ThrowIfNull(context);
        var sent = base.Send(context, honest);
        if (context.Link is not (Link.Neighbour or Link.Jump) || sent.dim() == 0) return sent;
        foreach (var (index, failure) in Due(WorkPoint.Of(context.Iteration, context.Direction, context.MicroBatch, context.Stage)))
        {
            if (failure is not IValueFailure value || !value.ChangesSent(context.Direction) || !TryTake(index, context.Stage)) continue;
            var changed = value.Changed(sent, Key("corruption"));
            if (!ReferenceEquals(sent, honest)) sent.Dispose();
            sent = changed;
        }

        return sent;
    }

    /// <inheritdoc/>
    public override void BeforeWork(WorkContext context)
    {
        base.BeforeWork(context);
        Reach(WorkPoint.Of(context.Iteration, context.Direction, context.MicroBatch, context.Stage));
    }

    /// <inheritdoc/>
    public override void BeforePrepared(long iteration, int stage)
    {
        base.BeforePrepared(iteration, stage);
        Reach(new WorkPoint(iteration, IterationPhase.Prepared, null, stage));
    }

    /// <inheritdoc/>
    public override void BeforeShowing(long iteration, int stage)
    {
        base.BeforeShowing(iteration, stage);
        Reach(new WorkPoint(iteration, IterationPhase.Hearing, null, stage));
    }

    /// <inheritdoc/>
    public override void BetweenIterations(long iteration, int stage, int block, IReadOnlyList<Tensor> state)
    {
        base.BetweenIterations(iteration, stage, block, state);
        // Called with the version that was reached: the iteration before it has just been committed.
        var point = new WorkPoint(iteration - 1, IterationPhase.Committed, null, stage);
        foreach (var (index, failure) in Due(point))
            if (failure is IValueFailure { ChangesState: true } value && TryTake(index, stage)) value.ChangeState(state, Key);
        Reach(point);
    }

    /// <summary>Injects what is due at a point and changes no value.</summary>
    protected virtual void Reach(WorkPoint point)
    {
        foreach (var (index, failure) in Due(point))
            if (failure is not IValueFailure) Inject(index, failure, point.Stage);
    }

    /// <summary>The events that are due at a point, by their place in the scenario; as they are before any of them is injected.</summary>
    protected abstract IReadOnlyList<(int Index, Failure Failure)> Due(WorkPoint point);

    /// <summary>Notes an event before it takes effect at a stage's values; false where it has taken effect already.</summary>
    protected abstract bool TryTake(int index, int stage);

    /// <summary>Injects an event at the point that a stage has reached.</summary>
    protected abstract void Inject(int index, Failure failure, int stage);

    /// <summary>A key to draw from, for a purpose.</summary>
    protected abstract ulong Key(string purpose);
}
