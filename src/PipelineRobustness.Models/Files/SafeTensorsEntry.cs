using static TorchSharp.torch;

namespace PipelineRobustness.Models.Files;

/// <summary>One tensor as the header of a safetensors file describes it; already checked against the file.</summary>
/// <param name="Type">The format's name of the element type, such as F32.</param>
/// <param name="Shape">Its dimensions.</param>
/// <param name="Begin">Offset of its first byte behind the header.</param>
/// <param name="End">Offset behind its last byte.</param>
public sealed record SafeTensorsEntry(string Type, IReadOnlyList<long> Shape, long Begin, long End)
{
    /// <summary>Length in bytes.</summary>
    public long Length => End - Begin;

    /// <summary>The format's names of element types.</summary>
    internal static IReadOnlyList<string> Types { get; } =
    [
        "F32", "F16", "BF16", "F64", "I64", "I32", "I16", "I8", "U8", "BOOL", "U64", "U32", "U16", "F8_E4M3", "F8_E5M2",
    ];

    /// <summary>The dimensions as messages show them.</summary>
    internal string ShapeText => Shown(Shape);

    /// <summary>What keeps this tensor from being read into a float32 parameter of that shape; null where nothing does.</summary>
    internal string? Misfit(IReadOnlyList<long> shape) => (Shape.SequenceEqual(shape), Type is "F32" or "F16" or "BF16") switch
    {
        (true, true) => null,
        (true, false) => $"expected dtype F32, F16 or BF16, found {Type}",
        (false, true) => $"expected shape {Shown(shape)}, found {ShapeText}",
        (false, false) => $"expected F32, F16 or BF16 of shape {Shown(shape)}, found {Type} {ShapeText}",
    };

    /// <summary>Bytes per element, or 0 for a type that the format does not know.</summary>
    internal static int ElementSize(string type) => type switch
    {
        "BOOL" or "U8" or "I8" or "F8_E4M3" or "F8_E5M2" => 1,
        "U16" or "I16" or "F16" or "BF16" => 2,
        "U32" or "I32" or "F32" => 4,
        "U64" or "I64" or "F64" => 8,
        _ => 0,
    };

    /// <summary>
    /// The element types that are read and written. Not BOOL: a byte that is neither 0 nor 1 is no bool, and nobody asks
    /// for one.
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

    /// <summary>The format's name of an element type.</summary>
    internal static string TypeName(ScalarType type) => Types.FirstOrDefault(name => ElementType(name) == type)
        ?? throw new ArgumentException($"tensors of {type} are not written");

    private static string Shown(IEnumerable<long> shape) => $"[{string.Join(", ", shape)}]";
}
