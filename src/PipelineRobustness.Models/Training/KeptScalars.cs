using TorchSharp;
using static TorchSharp.torch;

namespace PipelineRobustness.Models.Training;

/// <summary>
/// Arithmetic of a tensor with a number, and sums, in which torch has one too. TorchSharp wraps the number in a
/// <see cref="Scalar"/>, which nobody refers to any more once its handle is handed to native code: a garbage collection at
/// that moment frees it under the operation, which then fails ("Unknown scalar type") or computes with whatever lies
/// there. Here the scalar lives until the operation has ended.
/// So nothing in the product lets a number be converted in passing, by itself or by TorchSharp (ScalarSpecs).
/// </summary>
public static class KeptScalars
{
    // What torch multiplies a summand by; TorchSharp would make it anew for each sum.
    private static readonly Scalar One = 1.ToScalar();

    /// <summary>The sum of two tensors.</summary>
    public static Tensor Plus(this Tensor tensor, Tensor summand) => tensor.add(summand, One);

    /// <summary>Adds another tensor to the tensor itself.</summary>
    public static Tensor PlusInPlace(this Tensor tensor, Tensor summand) => tensor.add_(summand, One);

    /// <summary>The tensor times a number.</summary>
    public static Tensor Times(this Tensor tensor, double factor)
    {
        using var kept = factor.ToScalar();
        return tensor.mul(kept);
    }

    /// <summary>Multiplies the tensor itself by a number.</summary>
    public static Tensor TimesInPlace(this Tensor tensor, double factor)
    {
        using var kept = factor.ToScalar();
        return tensor.mul_(kept);
    }

    /// <summary>The tensor plus a number.</summary>
    public static Tensor Plus(this Tensor tensor, double summand)
    {
        using var kept = summand.ToScalar();
        return tensor.add(kept, One);
    }

    /// <summary>Adds a number to the tensor itself.</summary>
    public static Tensor PlusInPlace(this Tensor tensor, double summand)
    {
        using var kept = summand.ToScalar();
        return tensor.PlusInPlace(kept);
    }

    /// <summary>Adds a number that the caller holds to the tensor itself.</summary>
    public static Tensor PlusInPlace(this Tensor tensor, Scalar summand) => tensor.add_(summand, One);

    /// <summary>The tensor divided by a whole number.</summary>
    public static Tensor Over(this Tensor tensor, int divisor)
    {
        using var kept = divisor.ToScalar();
        return tensor.div(kept);
    }

    /// <summary>Fills the tensor with a number.</summary>
    public static Tensor FillInPlace(this Tensor tensor, double value)
    {
        using var kept = value.ToScalar();
        return tensor.fill_(kept);
    }

    /// <summary>The tensor with a number where the mask is true.</summary>
    public static Tensor FilledWhere(this Tensor tensor, Tensor mask, double value)
    {
        using var kept = value.ToScalar();
        return tensor.masked_fill(mask, kept);
    }

    /// <summary>float32 numbers 0, step, 2 step, ... below the end.</summary>
    public static Tensor Range(long end, long step = 1)
    {
        using var first = 0L.ToScalar();
        using var last = end.ToScalar();
        using var each = step.ToScalar();
        return arange(first, last, each, float32);
    }
}
