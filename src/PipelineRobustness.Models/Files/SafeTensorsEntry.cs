using System.Runtime.InteropServices;
using static TorchSharp.torch;

namespace PipelineRobustness.Models.Files;

/// <summary>A tensor's entry in the header of a safetensors file, already validated against the file.</summary>
/// <param name="Type">The format's name for the element type, such as F32.</param>
/// <param name="Shape">Its dimensions.</param>
/// <param name="Begin">Offset of its first byte, relative to the end of the header.</param>
/// <param name="End">Offset just past its last byte.</param>
public sealed record SafeTensorsEntry(string Type, IReadOnlyList<long> Shape, long Begin, long End)
{
    /// <summary>Its size in bytes.</summary>
    public long Length => End - Begin;

    /// <summary>The format's names for element types.</summary>
    internal static IReadOnlyList<string> Types { get; } =
    [
        "F32", "F16", "BF16", "F64", "I64", "I32", "I16", "I8", "U8", "BOOL", "U64", "U32", "U16", "F8_E4M3", "F8_E5M2",
    ];

    /// <summary>The dimensions as shown in messages.</summary>
    internal string ShapeText => Format(Shape);

    /// <summary>Why this tensor cannot be read into a float32 parameter of that shape; null if it can.</summary>
    internal string? Misfit(IReadOnlyList<long> shape) => (Shape.SequenceEqual(shape), Type is "F32" or "F16" or "BF16") switch
    {
        (true, true) => null,
        (true, false) => $"expected dtype F32, F16 or BF16, found {Type}",
        (false, true) => $"expected shape {Format(shape)}, found {ShapeText}",
        (false, false) => $"expected F32, F16 or BF16 of shape {Format(shape)}, found {Type} {ShapeText}",
    };

    /// <summary>Bytes per element, or 0 if the format has no such type.</summary>
    internal static int ElementSize(string type) => type switch
    {
        "BOOL" or "U8" or "I8" or "F8_E4M3" or "F8_E5M2" => 1,
        "U16" or "I16" or "F16" or "BF16" => 2,
        "U32" or "I32" or "F32" => 4,
        "U64" or "I64" or "F64" => 8,
        _ => 0,
    };

    /// <summary>
    /// The torch type of the element types that are read and written. BOOL is not supported: a byte other than 0 and 1
    /// is not a valid bool, and no model needs it.
    /// </summary>
    internal static ScalarType? ElementType(string type) => type switch
    {
        "F32" => float32,
        "F16" => float16,
        "BF16" => bfloat16,
        "F64" => float64,
        "I64" => int64,
        "I32" => int32,
        "I16" => int16,
        "I8" => int8,
        "U8" => uint8,
        _ => null,
    };

    /// <summary>Converts the bytes of F32, F16 or BF16 numbers, exactly.</summary>
    internal static void ToSingle(string type, ReadOnlySpan<byte> bytes, Span<float> numbers)
    {
        if (type == "F32")
        {
            MemoryMarshal.Cast<byte, float>(bytes).CopyTo(numbers);
            return;
        }
        var halves = MemoryMarshal.Cast<byte, ushort>(bytes);
        for (var i = 0; i < halves.Length; i++)
            numbers[i] = type == "F16" ? (float)BitConverter.UInt16BitsToHalf(halves[i]) : BitConverter.UInt32BitsToSingle((uint)halves[i] << 16);
    }

    /// <summary>The format's name for a torch type.</summary>
    internal static string TypeName(ScalarType type) => Types.FirstOrDefault(name => ElementType(name) == type)
        ?? throw new ArgumentException($"tensors of {type} are not written");

    private static string Format(IEnumerable<long> shape) => $"[{string.Join(", ", shape)}]";
}
