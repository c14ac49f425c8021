using static TorchSharp.torch;

namespace PipelineRobustness.Models;

/// <summary>One tensor as the header of a safetensors file describes it; already checked against the file.</summary>
/// <param name="Type">The format's name of the element type, such as F32.</param>
/// <param name="Shape">Its dimensions.</param>
/// <param name="Begin">Offset of its first byte behind the header.</param>
/// <param name="End">Offset behind its last byte.</param>
public sealed record SafeTensorsEntry(string Type, IReadOnlyList<long> Shape, long Begin, long End)
{
    /// <summary>Length in bytes.</summary>
    public long Length => End - Begin;

    /// <summary>Bytes per element, or 0 for a type that the format does not know.</summary>
    internal static int ElementSize(string type) => type switch
    {
        "BOOL" or "U8" or "I8" or "F8_E4M3" or "F8_E5M2" => 1,
        "U16" or "I16" or "F16" or "BF16" => 2,
        "U32" or "I32" or "F32" => 4,
        "U64" or "I64" or "F64" => 8,
        _ => 0,
    };

    /// <summary>The element types that are read and written so far.</summary>
    internal static ScalarType? ElementType(string type) => type switch
    {
        "F32" => float32,
        "I64" => int64,
        _ => null,
    };

    /// <summary>The format's name of an element type.</summary>
    internal static string TypeName(ScalarType type) => type switch
    {
        ScalarType.Float32 => "F32",
        ScalarType.Int64 => "I64",
        _ => throw new ArgumentException($"tensors of {type} are not written"),
    };
}
