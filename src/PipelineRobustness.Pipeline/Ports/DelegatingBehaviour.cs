using static TorchSharp.torch;

namespace PipelineRobustness.Pipeline.Ports;

/// <summary>A behaviour that wraps another one and delegates what it does not override.</summary>
/// <param name="inner">The wrapped behaviour.</param>
public abstract class DelegatingBehaviour(IStageBehaviour inner) : IStageBehaviour
{
    /// <inheritdoc/>
    public virtual Tensor Send(SendContext context, Tensor honest) => inner.Send(context, honest);

    /// <inheritdoc/>
    public virtual void Receive(SendContext context, Tensor input) => inner.Receive(context, input);

    /// <inheritdoc/>
    public virtual Tensor Label(HeldContext context, int microBatch, Tensor honest) => inner.Label(context, microBatch, honest);

    /// <inheritdoc/>
    public virtual bool Withholds(SendContext context) => inner.Withholds(context);

    /// <inheritdoc/>
    public virtual ReportedSums Report(HeldContext context, ReportedSums honest) => inner.Report(context, honest);

    /// <inheritdoc/>
    public virtual void Update(HeldContext context, IReadOnlyList<Tensor> state, Action honest) => inner.Update(context, state, honest);

    /// <inheritdoc/>
    public virtual UInt128 Digest(HeldContext context, UInt128 honest) => inner.Digest(context, honest);

    /// <inheritdoc/>
    public virtual void Give(HeldContext context, IReadOnlyList<Tensor> state) => inner.Give(context, state);

    /// <inheritdoc/>
    public virtual UInt128 Restored(HeldContext context, UInt128 honest) => inner.Restored(context, honest);

    /// <inheritdoc/>
    public virtual UInt128 Built(HeldContext context, UInt128 honest) => inner.Built(context, honest);

    /// <inheritdoc/>
    public virtual Tensor? Show(HeldContext context, int? microBatch, Tensor honest) => inner.Show(context, microBatch, honest);

    /// <inheritdoc/>
    public virtual void BeforeWork(WorkContext context) => inner.BeforeWork(context);

    /// <inheritdoc/>
    public virtual void BeforeHearing(HearingContext context) => inner.BeforeHearing(context);

    /// <inheritdoc/>
    public virtual void BeforePrepared(long iteration, int stage) => inner.BeforePrepared(iteration, stage);

    /// <inheritdoc/>
    public virtual void BeforeShowing(long iteration, int stage) => inner.BeforeShowing(iteration, stage);

    /// <inheritdoc/>
    public virtual string Note(long iteration, int attempt, int stage) => inner.Note(iteration, attempt, stage);

    /// <inheritdoc/>
    public virtual void BetweenIterations(long iteration, int stage, int block, IReadOnlyList<Tensor> state) =>
        inner.BetweenIterations(iteration, stage, block, state);
}
