using PipelineRobustness.Models.Training;
using PipelineRobustness.Pipeline.Ports;
using static TorchSharp.torch;

namespace PipelineRobustness.Adversity.Liars;

/// <summary>Steps the other way: by as much as the step would have changed its weights, towards a higher loss.</summary>
public sealed record Ascent : CoveredLiar
{
    /// <inheritdoc/>
    public override string Kind => "ascent";

    /// <inheritdoc/>
    public override Act? AfterPass => Act.Step;

    /// <inheritdoc/>
    public override bool NeedsStep => true;

    /// <inheritdoc/>
    public override bool NeedsLearningRate => true;

    /// <inheritdoc/>
    public override bool Update(HeldContext context, IReadOnlyList<Tensor> state, Action honest, ulong key)
    {
        ArgumentNullException.ThrowIfNull(state);
        ArgumentNullException.ThrowIfNull(honest);
        if (IsCopy(context))
        {
            honest();
            return false;
        }

        using var untracked = no_grad();
        using var scope = NewDisposeScope();
        var weights = States.Weights(state).ToList();
        var before = weights.ConvertAll(weight => weight.detach().clone());
        honest();
        foreach (var (weight, old) in weights.Zip(before)) weight.copy_(old.Times(2).Plus(weight.neg()));
        return true;
    }
}
