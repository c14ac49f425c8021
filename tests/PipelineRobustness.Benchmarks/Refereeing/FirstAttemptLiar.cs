using PipelineRobustness.Pipeline.Ports;
using static TorchSharp.torch;

namespace PipelineRobustness.Benchmarks;

/// <summary>A stage that in the first attempt at every iteration sends twice what it computed forward, and states that.</summary>
/// <param name="stage">The stage.</param>
/// <param name="lies">In how many micro-batches, the first ones.</param>
public sealed class FirstAttemptLiar(int stage, int lies) : DelegatingBehaviour(HonestBehaviour.Instance)
{
    /// <inheritdoc/>
    public override Tensor Send(SendContext context, Tensor honest)
    {
        ArgumentNullException.ThrowIfNull(context);
        return context is { Attempt: 0, Direction: Direction.Forward, Link: Link.Neighbour } && context.Stage == stage && context.MicroBatch < lies
            ? honest * 2 : honest;
    }
}
