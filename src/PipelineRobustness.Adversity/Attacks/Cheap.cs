using PipelineRobustness.Models.Training;
using PipelineRobustness.Pipeline.Settings;
using static TorchSharp.torch;

namespace PipelineRobustness.Adversity.Attacks;

/// <summary>
/// Works on the first micro-batch alone, and sends of all others what a linear map makes of the input: the input plus the ridge regression of
/// the first one's change on its input, row by row.
/// </summary>
public sealed record Cheap : Attack
{
    private const long Map = 0;
    private const double Something = 1e-30;

    /// <inheritdoc/>
    public override string Kind => "cheap";

    /// <inheritdoc/>
    public override bool NeedsInput => true;

    /// <summary>The ridge's penalty, over the mean square of an input's column: the larger, the closer to <c>lazy</c>.</summary>
    [Setting(0, 1_000_000, ExcludesMinimum = true)]
    public double Ridge { get; init; } = 1e-3;

    /// <inheritdoc/>
    public override Tensor Tamper(in AttackContext context, Tensor honest, IAttackMemory memory)
    {
        ArgumentNullException.ThrowIfNull(honest);
        ArgumentNullException.ThrowIfNull(memory);
        if (context.Input is not { } input || !input.shape.SequenceEqual(honest.shape)) return honest;
        using var scope = NewDisposeScope();
        if (memory.Recall(Map) is { } map) return input.Plus(input.matmul(map)).DetachFromDisposeScope();
        if (context.MicroBatch == 0) memory.Keep(Map, Fitted(Rows(input), Rows(honest)));
        return honest;
    }

    // W = (X'X + ridge mean(diag X'X) I)^-1 X'(Y - X); something is added, since there may be nothing but zeros.
    private Tensor Fitted(Tensor from, Tensor to)
    {
        var squares = from.t().matmul(from);
        var penalty = eye(squares.shape[0], dtype: squares.dtype, device: squares.device).mul(squares.diagonal().mean().Times(Ridge).Plus(Something));
        return linalg.solve(squares.Plus(penalty), from.t().matmul(to.Plus(from.neg())));
    }

    private static Tensor Rows(Tensor tensor) => tensor.flatten(0, tensor.dim() - 2);
}
