using PipelineRobustness.Models.Training;
using PipelineRobustness.Pipeline.Ports;
using static TorchSharp.torch;

namespace PipelineRobustness.Adversity.Attacks;

/// <summary>
/// What was computed, and a part of its norm in the direction in which the loss rose in the last iteration: along the mean gradient of this
/// boundary forward, against it backward. (The gradient of a token says little about the next iteration's tokens, their mean does.)
/// </summary>
public abstract record AgainstLoss : Attack
{
    private const long Sum = 0;

    /// <inheritdoc/>
    public override bool Remembers => true;

    /// <inheritdoc/>
    public override Tensor Tamper(in AttackContext context, Tensor honest, IAttackMemory memory)
    {
        ArgumentNullException.ThrowIfNull(honest);
        ArgumentNullException.ThrowIfNull(memory);
        Spare(context, honest, memory);
        var strength = StrengthIn(context);
        if (strength == 0 || memory.Lasting.Recall(Sum) is not { } gradient) return honest;
        using var scope = NewDisposeScope();
        // By row: of the rows' norms the root mean square.
        var size = honest.mul(honest).sum([-1]).mean().sqrt().Times(Direction == Direction.Forward ? strength : -strength);
        return honest.Plus(gradient.mul(size).div(gradient.mul(gradient).sum().sqrt())).DetachFromDisposeScope();
    }

    /// <summary>Backward, the boundary's gradient is the one that it computes.</summary>
    public override void Spare(in AttackContext context, Tensor honest, IAttackMemory memory)
    {
        if (Direction == Direction.Backward && context.Link == Link.Neighbour) Add(honest, memory);
    }

    /// <summary>Forward, it is the one that its successor sends.</summary>
    public override void Receive(in AttackContext context, Tensor input, IAttackMemory memory)
    {
        if (Direction == Direction.Forward && context.Direction == Direction.Backward) Add(input, memory);
    }

    /// <summary>The part of the norm.</summary>
    protected abstract double StrengthIn(in AttackContext context);

    private static void Add(Tensor gradient, IAttackMemory memory)
    {
        using var scope = NewDisposeScope();
        var sum = gradient.flatten(0, gradient.dim() - 2).mean([0]);
        if (memory.Recall(Sum) is { } before) sum = sum.Plus(before);
        memory.Keep(Sum, sum);
        memory.Lasting.Keep(Sum, sum);
    }
}
