using System.Runtime.InteropServices;
using PipelineRobustness.Models.Randomness;
using static TorchSharp.torch;

namespace PipelineRobustness.Adversity.Failures;

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

    /// <summary>Changes bits of one parameter's weight, or of one of its moments.</summary>
    /// <param name="state">Weight, first and second moment of every parameter, in turn; live.</param>
    /// <param name="failure">Which of them, and how.</param>
    /// <param name="key">What to draw from, for a purpose.</param>
    public static void StrikeState(IReadOnlyList<Tensor> state, Failure failure, Func<string, ulong> key)
    {
        var parameter = SeededRandom.Below(key("parameter"), state.Count / 3);
        var moment = failure.Part == CorruptedPart.Weight ? 0 : 1 + SeededRandom.Below(key("moment"), 2);
        Strike(state[(3 * parameter) + moment], failure.Pattern, key("corruption"));
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
