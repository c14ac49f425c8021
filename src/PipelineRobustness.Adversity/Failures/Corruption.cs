using System.Runtime.InteropServices;
using PipelineRobustness.Models;
using static TorchSharp.torch;

namespace PipelineRobustness.Adversity;

/// <summary>Bits that change by themselves: of float32 values, wherever they are.</summary>
internal static class Corruption
{
    private const int Neighbours = 4;
    private const int Bits = 32;

    /// <summary>A tensor like the honest one, but for the bits that changed; outside of every scope.</summary>
    public static Tensor Of(Tensor honest, CorruptionPattern pattern, ulong key)
    {
        using var scope = NewDisposeScope();
        var changed = honest.detach().cpu().clone();
        Flip(changed, pattern, key);
        return changed.to(honest.device).DetachFromDisposeScope();
    }

    /// <summary>Changes bits in place.</summary>
    public static void Strike(Tensor live, CorruptionPattern pattern, ulong key)
    {
        using var still = no_grad();
        using var changed = Of(live, pattern, key);
        live.copy_(changed);
    }

    private static void Flip(Tensor tensor, CorruptionPattern pattern, ulong key)
    {
        var values = MemoryMarshal.Cast<byte, uint>(tensor.bytes);
        if (Instead(pattern) is { } value)
        {
            values[SeededRandom.Below(key, values.Length)] = BitConverter.SingleToUInt32Bits(value);
            return;
        }

        var row = pattern == CorruptionPattern.Row && tensor.dim() > 1 ? (int)tensor.shape[^1] : 1;
        var first = SeededRandom.Below(key, values.Length / row) * row;
        var bits = pattern == CorruptionPattern.OneBit ? 1 : Neighbours;
        var lowest = SeededRandom.Below(SeededRandom.Key(key, "bit", 0), Bits - bits + 1);
        var mask = ((1u << bits) - 1) << lowest;
        foreach (ref var bitsOfOne in values.Slice(first, row)) bitsOfOne ^= mask;
    }

    private static float? Instead(CorruptionPattern pattern) => pattern switch
    {
        CorruptionPattern.NotANumber => float.NaN,
        CorruptionPattern.Infinite => float.PositiveInfinity,
        _ => null,
    };
}
