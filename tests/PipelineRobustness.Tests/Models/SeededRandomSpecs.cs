using FsCheck;
using FsCheck.Fluent;
using PipelineRobustness.Models.Randomness;
using static TorchSharp.torch;

namespace PipelineRobustness.Tests.Models;

/// <summary>Draws are pure functions of their keys and never change.</summary>
public sealed class SeededRandomSpecs
{
    [Fact]
    public void Keys_have_not_changed()
    {
        Assert.Equal(0xfe4f0adaa7a66e93, SeededRandom.Key(0, ""));
        Assert.Equal(0xa9b50f711b07314b, SeededRandom.Key(7, "attack", 3, 0, 1));
        Assert.Equal(0x940022dae11f9316, SeededRandom.Key(7, "weights", "transformer.wte.weight"));
        Assert.Equal([961, 263, 76, 478], Enumerable.Range(0, 4).Select(i => SeededRandom.Below(SeededRandom.Key(7, "x", i), 1000)));
        Assert.Equal(0.9615791684827936, SeededRandom.Unit(SeededRandom.Key(7, "x", 0)));
    }

    [Fact]
    public void Keys_differ_by_purpose_name_and_number_of_counters()
    {
        ulong[] keys =
        [
            SeededRandom.Key(7, "ab"), SeededRandom.Key(7, "a", "b"), SeededRandom.Key(7, "", "ab"), SeededRandom.Key(7, "a"),
            SeededRandom.Key(7, "a", 0), SeededRandom.Key(7, "a", 0, 0), SeededRandom.Key(7, "a", "\0\0\0\0\0\0\0\0"),
            SeededRandom.Key(7, "a", 1), SeededRandom.Key(7, "a", 1L << 32), SeededRandom.Key(8, "a", 0), SeededRandom.Key(7, "a", -1),
        ];
        Assert.Equal(keys.Length, keys.Distinct().Count());
    }

    [Fact]
    public void Bounded_integers_are_uniformly_distributed()
    {
        Check.QuickThrowOnFailure(Prop.ForAll<ulong, PositiveInt>(
            (key, bound) => SeededRandom.Below(key, bound.Get) is var drawn && drawn >= 0 && drawn < bound.Get));
        Assert.Equal(int.MaxValue - 1, SeededRandom.Below(ulong.MaxValue, int.MaxValue));
        var counts = new int[10];
        for (var i = 0; i < 10_000; i++)
            counts[SeededRandom.Below(SeededRandom.Key(3, "alike", i), 10)]++;
        Assert.All(counts, count => Assert.InRange(count, 850, 1150));   // five standard deviations
    }

    [Fact]
    public void Drawn_tensors_do_not_depend_on_earlier_draws()
    {
        using var scope = NewDisposeScope();
        var normal = SeededRandom.Normal(5, [3, 4]);
        SeededRandom.Normal(6, [2]);
        SeededRandom.Uniform(5, [2]);
        Assert.True(normal.bytes.SequenceEqual(SeededRandom.Normal(5, [3, 4]).bytes));
        Assert.False(normal.bytes.SequenceEqual(SeededRandom.Normal(6, [3, 4]).bytes));
        Assert.True((normal * 2f + 3f).allclose(SeededRandom.Normal(5, [3, 4], 3, 2)));
        Assert.True(SeededRandom.Uniform(5, [1000]) is var drawn && drawn.min().item<float>() >= 0 && drawn.max().item<float>() < 1);
    }

    [Fact]
    public void Drawn_distributions_have_not_changed()
    {
        using var scope = NewDisposeScope();
        Assert.Equal([-0.48678076f, -0.6038216f, -0.55809623f], SeededRandom.Normal(5, [3]).data<float>(), new Near(1e-5f));
        Assert.Equal([0.8302519f, 0.12611091f, 0.9074697f], SeededRandom.Uniform(5, [3]).data<float>(), new Near(1e-5f));
    }

    private sealed class Near(float limit) : IEqualityComparer<float>
    {
        public bool Equals(float x, float y) => Math.Abs(x - y) <= limit;

        public int GetHashCode(float value) => 0;
    }
}
