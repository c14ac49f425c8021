using PipelineRobustness.Pipeline.Settings;
using static TorchSharp.torch;

namespace PipelineRobustness.Adversity.Attacks;

/// <summary>What was computed for an earlier micro-batch of the same attempt.</summary>
public sealed record Replay : Attack
{
    /// <inheritdoc/>
    public override string Kind => "replay";

    /// <summary>How many micro-batches earlier. The first ones of an attempt are sent unchanged.</summary>
    [Setting(1, 1_000)]
    public int Delay { get; init; } = 1;

    /// <inheritdoc/>
    public override Tensor Tamper(in AttackContext context, Tensor honest, IAttackMemory memory)
    {
        ArgumentNullException.ThrowIfNull(memory);
        memory.Keep(context.MicroBatch, honest);
        return memory.Recall(context.MicroBatch - Delay) is { } earlier ? earlier.alias().DetachFromDisposeScope() : honest;
    }
}
