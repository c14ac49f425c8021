using static TorchSharp.torch;

namespace PipelineRobustness.Tests.Pipeline.Referee;

/// <summary>Ways in which torch holds the same numbers. The caller owns what they return.</summary>
internal static class TensorForms
{
    public static readonly IReadOnlyDictionary<string, Func<Tensor, Tensor>> All = new Dictionary<string, Func<Tensor, Tensor>>
    {
        ["negated when read"] = NegatedWhenRead,
        ["in another order"] = InAnotherOrder,
        ["made in inference mode"] = MadeInInferenceMode,
        ["part of a graph"] = PartOfGraph,
    };

    /// <summary>Its memory holds the numbers' negatives. Of an even number of elements.</summary>
    public static Tensor NegatedWhenRead(Tensor numbers)
    {
        using var scope = NewDisposeScope();
        // Every second number is an imaginary part, and the view goes over all.
        var parts = view_as_complex(numbers.detach().neg().reshape(-1, 2)).conj().imag;
        return parts.as_strided(numbers.shape, numbers.contiguous().stride(), 0).DetachFromDisposeScope();
    }

    private static Tensor InAnotherOrder(Tensor numbers)
    {
        using var scope = NewDisposeScope();
        return numbers.detach().transpose(0, -1).clone().contiguous().transpose(0, -1).DetachFromDisposeScope();
    }

    private static Tensor PartOfGraph(Tensor numbers)
    {
        using var scope = NewDisposeScope();
        return numbers.detach().clone().requires_grad_(true).mul(1).DetachFromDisposeScope();
    }

    private static Tensor MadeInInferenceMode(Tensor numbers)
    {
        using var mode = inference_mode();
        return numbers.detach().clone();
    }
}
