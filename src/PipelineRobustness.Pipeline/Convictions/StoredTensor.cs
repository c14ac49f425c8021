using System.Globalization;
using PipelineRobustness.Models;
using PipelineRobustness.Models.Files;
using PipelineRobustness.Models.Training;
using PipelineRobustness.Pipeline.Referee;
using static TorchSharp.torch;

namespace PipelineRobustness.Pipeline.Convictions;

/// <summary>
/// A tensor in the file of exhibits. One that the format has no type for (a stage may show anything) is stored as its bytes, with the number
/// of its type and its shape in its name: <c>input.0|139|2x8</c>. No block is worked from such a one, but its claim is about these bytes.
/// </summary>
internal static class StoredTensor
{
    private const char Between = '|', Times = 'x';

    private static readonly ScalarType[] Kept = [float32, float16, bfloat16, float64, int64, int32, int16, int8, uint8];

    /// <summary>How a tensor is stored; the new one belongs to the current dispose scope.</summary>
    public static (string Name, Tensor Value) Of(string name, Tensor value)
    {
        if (value.HasBytes() && Kept.Contains(value.dtype)) return (name, value);
        var bytes = tensor(value.HasBytes() ? value.InOrder().cpu().bytes.ToArray() : [], uint8);
        return (string.Create(CultureInfo.InvariantCulture, $"{name}{Between}{TensorClaim.TypeOf(value)}{Between}{string.Join(Times, value.shape)}"), bytes);
    }

    /// <summary>The name under which it is stored in a file; null for none.</summary>
    public static string? NameIn(SafeTensorsFile file, string name) =>
        file.Tensors.Keys.FirstOrDefault(stored => stored == name || stored.StartsWith(name + Between, StringComparison.Ordinal));

    /// <summary>The claim about the tensor that was stored under a name.</summary>
    /// <exception cref="BadInputException">The name says no type and shape.</exception>
    public static Claim ClaimOf(string stored, Tensor value)
    {
        if (stored.Split(Between) is not [_, var type, var shape]) return value.ToClaim();
        try
        {
            long[] sizes = shape.Length == 0 ? [] : [.. shape.Split(Times).Select(size => long.Parse(size, NumberStyles.None, CultureInfo.InvariantCulture))];
            var number = byte.Parse(type, NumberStyles.None, CultureInfo.InvariantCulture);
            // It would be worked from as not-a-numbers, with the claim of a tensor that is not.
            return Array.Exists(Kept, kept => (byte)kept == number)
                ? throw new BadInputException($"{stored}: expected a type that is not stored as it is, found {(ScalarType)number}")
                : Claim.OfTensor(number, sizes, value.bytes);
        }
        catch (Exception e) when (e is FormatException or OverflowException)
        {
            throw new BadInputException($"{stored}: expected a type and a shape in its name, found others", e);
        }
    }
}
