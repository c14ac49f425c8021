using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;
using TorchSharp;
using static TorchSharp.torch;

namespace PipelineRobustness.Models.Training;

/// <summary>Whether all numbers of a float32 tensor are finite, at the speed at which memory is read and without another tensor.</summary>
internal static class Finiteness
{
    // All bits of the exponent are set in infinities and in what is no number, and in nothing else.
    private const uint Exponent = 0x7F80_0000;

    public static bool Holds(Tensor tensor)
    {
        if (tensor.device_type == DeviceType.CPU && tensor.is_contiguous() && tensor.NumberOfElements <= TensorBytes.ChunkBytes / sizeof(float))
            return Holds(MemoryMarshal.Cast<byte, uint>(tensor.bytes));
        var holds = true;
        TensorBytes.ForEachChunk(tensor, chunk => holds = holds && Holds(MemoryMarshal.Cast<byte, uint>(chunk.cpu().bytes)));
        return holds;
    }

    private static bool Holds(ReadOnlySpan<uint> bits)
    {
        var exponent = Vector256.Create(Exponent);
        for (; bits.Length >= Vector256<uint>.Count; bits = bits[Vector256<uint>.Count..])
        {
            if (Vector256.EqualsAny(Vector256.Create(bits) & exponent, exponent)) return false;
        }

        foreach (var number in bits)
        {
            if ((number & Exponent) == Exponent) return false;
        }

        return true;
    }
}
