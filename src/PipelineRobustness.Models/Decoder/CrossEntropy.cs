using static TorchSharp.torch;

namespace PipelineRobustness.Models.Decoder;

/// <summary>The cross entropy of logits and target ids; a target of -100 is ignored.</summary>
public static class CrossEntropy
{
    /// <summary>The target id of ignored positions.</summary>
    public const long Ignored = -100;

    /// <summary>The mean over all targets that are not ignored, for training; differentiable.</summary>
    /// <param name="logits">[batch, time, vocabulary]</param>
    /// <param name="targets">int64 [batch, time]</param>
    /// <returns>A scalar; NaN if all targets are ignored.</returns>
    public static Tensor Mean(Tensor logits, Tensor targets) =>
        nn.functional.cross_entropy(Rows(logits), targets.reshape(-1), ignore_index: Ignored);

    /// <summary>The sum for each window, for evaluation: losses in float32 per target, added in float64.</summary>
    /// <param name="logits">[batch, time, vocabulary]</param>
    /// <param name="targets">int64 [batch, time]</param>
    /// <returns>One sum per row of the batch, in order.</returns>
    public static double[] SumPerWindow(Tensor logits, Tensor targets)
    {
        using var scope = NewDisposeScope();
        using var noGrad = no_grad();
        var losses = nn.functional.cross_entropy(
            Rows(logits), targets.reshape(-1), ignore_index: Ignored, reduction: nn.Reduction.None);
        return [.. losses.view(targets.shape).to(float64).sum(1).cpu().data<double>()];
    }

    private static Tensor Rows(Tensor logits) => logits.reshape(-1, logits.shape[^1]);
}
