using System.Buffers.Binary;
using System.IO.Hashing;
using System.Text;
using PipelineRobustness.Models.Training;
using static TorchSharp.torch;

namespace PipelineRobustness.Models.Randomness;

/// <summary>
/// Counter-based randomness: every draw is a pure function of its key and depends neither on the order of draws nor on
/// the cut or timing. A key is XXH3 (64 bits, a published and frozen algorithm) over (seed, purpose, counters or name).
/// Hand-written because System.Random has no keyed, order-free draws.
/// </summary>
public static class SeededRandom
{
    private const byte CountersTag = 1;
    private const byte NameTag = 2;

    /// <summary>64 well-mixed bits for (seed, purpose, counters).</summary>
    public static ulong Key(ulong seed, string purpose, params ReadOnlySpan<long> counters)
    {
        Span<byte> tail = stackalloc byte[counters.Length * sizeof(long)];
        for (var i = 0; i < counters.Length; i++)
            BinaryPrimitives.WriteInt64LittleEndian(tail[(i * sizeof(long))..], counters[i]);
        return Hash(seed, purpose, CountersTag, tail);
    }

    /// <summary>64 well-mixed bits for (seed, purpose, name); they never equal the key of any counters by construction.</summary>
    public static ulong Key(ulong seed, string purpose, string name) =>
        Hash(seed, purpose, NameTag, Encoding.UTF8.GetBytes(name));

    /// <summary>A number in [0, 1) with 53 random bits.</summary>
    public static double Unit(ulong key) => (key >> 11) * (1.0 / (1UL << 53));

    /// <summary>A number in 0..bound-1, uniformly distributed (Lemire's multiplication with rejection).</summary>
    /// <exception cref="ArgumentOutOfRangeException">The bound is below 1.</exception>
    public static int Below(ulong key, int bound)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(bound, 1);
        var reject = (0UL - (ulong)bound) % (ulong)bound;
        while (true)
        {
            var high = Math.BigMul(key, (ulong)bound, out var low);
            if (low >= reject) return (int)high;
            key = Next(key);
        }
    }

    /// <summary>
    /// Normally distributed float32 numbers from a torch generator created for this draw. The tensor belongs to the
    /// caller's dispose scope.
    /// </summary>
    public static Tensor Normal(ulong key, ReadOnlySpan<long> shape, double mean = 0, double standardDeviation = 1)
    {
        using var generator = new Generator(key);
        var drawn = randn(shape, float32, generator: generator);
        if (standardDeviation != 1)
            drawn.TimesInPlace(standardDeviation);
        if (mean != 0)
            drawn.PlusInPlace(mean);
        return drawn;
    }

    /// <summary>Uniform float32 numbers in [0, 1); otherwise like <see cref="Normal"/>.</summary>
    public static Tensor Uniform(ulong key, ReadOnlySpan<long> shape)
    {
        using var generator = new Generator(key);
        return rand(shape, float32, generator: generator);
    }

    private static ulong Hash(ulong seed, string purpose, byte tag, ReadOnlySpan<byte> tail)
    {
        var purposeBytes = Encoding.UTF8.GetByteCount(purpose);
        var length = sizeof(ulong) + sizeof(int) + purposeBytes + 1 + tail.Length;
        var bytes = length <= 256 ? stackalloc byte[length] : new byte[length];
        BinaryPrimitives.WriteUInt64LittleEndian(bytes, seed);
        BinaryPrimitives.WriteInt32LittleEndian(bytes[sizeof(ulong)..], purposeBytes);
        var rest = bytes[(sizeof(ulong) + sizeof(int))..];
        Encoding.UTF8.GetBytes(purpose, rest);
        rest[purposeBytes] = tag;
        tail.CopyTo(rest[(purposeBytes + 1)..]);
        return XxHash3.HashToUInt64(bytes);
    }

    /// <summary>SplitMix64: the next key after a rejected draw.</summary>
    private static ulong Next(ulong key)
    {
        var z = key + 0x9E3779B97F4A7C15UL;
        z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9UL;
        z = (z ^ (z >> 27)) * 0x94D049BB133111EBUL;
        return z ^ (z >> 31);
    }
}
