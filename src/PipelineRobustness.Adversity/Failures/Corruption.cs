using System.Runtime.InteropServices;
using PipelineRobustness.Adversity.Failures.Kinds;
using PipelineRobustness.Models.Randomness;
using static TorchSharp.torch;

namespace PipelineRobustness.Adversity.Failures;

/// <summary>Changes bits of float32 values, on any device.</summary>
internal static class Corruption
{
    private const int NeighbouringBits = 4;
    private const int BitsOfFloat = 32;

    /// <summary>A copy of a tensor in which bits changed; outside of every scope.</summary>
    public static Tensor Of(Tensor honest, CorruptionPattern pattern, ulong key)
    {
        using var scope = NewDisposeScope();
        var changed = honest.detach().cpu().clone();
        Flip(changed, pattern, key);
        return changed.to(honest.device).DetachFromDisposeScope();
    }

    /// <summary>Changes bits of one parameter's weight, or of one of its moments, in place.</summary>
    /// <param name="state">Weight, first and second moment of every parameter, in turn; live.</param>
    /// <param name="part">A weight or a moment.</param>
    /// <param name="pattern">How much of it changes.</param>
    /// <param name="key">The key to draw from, for a purpose.</param>
    public static void ChangeState(IReadOnlyList<Tensor> state, CorruptedPart part, CorruptionPattern pattern, Func<string, ulong> key)
    {
        var parameter = SeededRandom.Below(key("parameter"), state.Count / 3);
        var moment = part == CorruptedPart.Weight ? 0 : 1 + SeededRandom.Below(key("moment"), 2);
        var live = state[(3 * parameter) + moment];
        using var untracked = no_grad();
        using var changed = Of(live, pattern, key("corruption"));
        live.copy_(changed);
    }

    private static void Flip(Tensor tensor, CorruptionPattern pattern, ulong key)
    {
        var values = MemoryMarshal.Cast<byte, uint>(tensor.bytes);
        if (Replacement(pattern) is { } value)
        {
            values[SeededRandom.Below(key, values.Length)] = BitConverter.SingleToUInt32Bits(value);
            return;
        }

        var row = pattern == CorruptionPattern.Row && tensor.dim() > 1 ? (int)tensor.shape[^1] : 1;
        var first = SeededRandom.Below(key, values.Length / row) * row;
        var bits = pattern == CorruptionPattern.OneBit ? 1 : NeighbouringBits;
        var lowest = SeededRandom.Below(SeededRandom.Key(key, "bit", 0), BitsOfFloat - bits + 1);
        var mask = ((1u << bits) - 1) << lowest;
        foreach (ref var element in values.Slice(first, row)) element ^= mask;
    }

    private static float? Replacement(CorruptionPattern pattern) => pattern switch
    {
        CorruptionPattern.NotANumber => float.NaN,
        CorruptionPattern.Infinite => float.PositiveInfinity,
        _ => null,
    };
}
