using TorchSharp;
using static TorchSharp.torch;

namespace PipelineRobustness.Models.Training;

/// <summary>
/// Tensor arithmetic with numbers, safe from TorchSharp's premature finalization. TorchSharp wraps a number in a <see
/// cref="Scalar"/> and drops the last reference to it once its handle is passed to native code: a garbage collection at
/// that moment frees it during the operation, which then fails ("Unknown scalar type") or reads freed memory. The
/// methods here keep the scalar alive until the operation has ended. The product must therefore not convert numbers
/// implicitly, nor call TorchSharp methods that do (checked by ScalarSpecs).
/// </summary>
public static class ScalarOperations
{
    // The factor that torch applies to the addend; TorchSharp would create it for each addition.
    private static readonly Scalar One = 1.ToScalar();

    /// <summary>The sum of two tensors.</summary>
    public static Tensor Plus(this Tensor tensor, Tensor addend) => tensor.add(addend, One);

    /// <summary>Adds another tensor in place.</summary>
    public static Tensor PlusInPlace(this Tensor tensor, Tensor addend) => tensor.add_(addend, One);

    /// <summary>The tensor times a number.</summary>
    public static Tensor Times(this Tensor tensor, double factor)
    {
        using var scalar = factor.ToScalar();
        return tensor.mul(scalar);
    }

    /// <summary>Multiplies in place by a number.</summary>
    public static Tensor TimesInPlace(this Tensor tensor, double factor)
    {
        using var scalar = factor.ToScalar();
        return tensor.mul_(scalar);
    }

    /// <summary>The tensor plus a number.</summary>
    public static Tensor Plus(this Tensor tensor, double addend)
    {
        using var scalar = addend.ToScalar();
        return tensor.add(scalar, One);
    }

    /// <summary>Adds a number in place.</summary>
    public static Tensor PlusInPlace(this Tensor tensor, double addend)
    {
        using var scalar = addend.ToScalar();
        return tensor.PlusInPlace(scalar);
    }

    /// <summary>Adds in place a scalar that the caller keeps alive.</summary>
    public static Tensor PlusInPlace(this Tensor tensor, Scalar addend) => tensor.add_(addend, One);

    /// <summary>The tensor divided by an integer.</summary>
    public static Tensor DividedBy(this Tensor tensor, int divisor)
    {
        using var scalar = divisor.ToScalar();
        return tensor.div(scalar);
    }

    /// <summary>Fills in place with a number.</summary>
    public static Tensor FillInPlace(this Tensor tensor, double value)
    {
        using var scalar = value.ToScalar();
        return tensor.fill_(scalar);
    }

    /// <summary>The tensor, with the number wherever the mask is true.</summary>
    public static Tensor FilledWhere(this Tensor tensor, Tensor mask, double value)
    {
        using var scalar = value.ToScalar();
        return tensor.masked_fill(mask, scalar);
    }

    /// <summary>float32 numbers 0, step, 2 * step, ... below the end.</summary>
    public static Tensor Range(long end, long step = 1)
    {
        using var first = 0L.ToScalar();
        using var last = end.ToScalar();
        using var each = step.ToScalar();
        return arange(first, last, each, float32);
    }
}
