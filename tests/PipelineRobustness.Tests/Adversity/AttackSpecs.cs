using PipelineRobustness.Adversity.Attacks;
using PipelineRobustness.Pipeline.Ports;
using PipelineRobustness.Pipeline.Verification;
using static TorchSharp.torch;

namespace PipelineRobustness.Tests.Adversity;

/// <summary>What a lie is made of.</summary>
public sealed class AttackSpecs
{
    private static readonly long[] Shape = [4, 32, 64];

    public static TheoryData<Direction, string> All =>
        [.. from direction in Enum.GetValues<Direction>() from name in AttackCatalog.Names(direction) select (direction, name)];

    [Fact]
    public void Every_attack_is_found_by_its_name_in_its_direction()
    {
        Assert.Equal(["false-accusation", "sign-flip", "uniform"], AttackCatalog.Names(Direction.Forward));
        Assert.Equal(["false-accusation", "gaussian"], AttackCatalog.Names(Direction.Backward));
        Assert.False(AttackCatalog.TryGet("gaussian", Direction.Forward, out _));
    }

    [Theory, MemberData(nameof(All))]
    public void A_lie_is_a_new_tensor_of_the_same_kind_and_leaves_the_original_unchanged(Direction direction, string name)
    {
        using var honest = randn(Shape);
        using var before = honest.clone();
        Tensor lie;
        using (NewDisposeScope()) lie = Lie(direction, name, honest, 1);
        using (lie)
        {
            Assert.True(honest.bytes.SequenceEqual(before.bytes));
            Assert.False(lie.bytes.SequenceEqual(honest.bytes));
            Assert.Equal(honest.shape, lie.shape);
            Assert.Equal(honest.dtype, lie.dtype);
        }
    }

    [Theory, MemberData(nameof(All))]
    public void A_lie_is_a_function_of_the_truth_and_the_key(Direction direction, string name)
    {
        using var scope = NewDisposeScope();
        var honest = randn(Shape);
        Assert.True(Lie(direction, name, honest, 1).bytes.SequenceEqual(Lie(direction, name, honest, 1).bytes));
        Assert.Equal(name is "sign-flip" or "false-accusation", Lie(direction, name, honest, 1).bytes.SequenceEqual(Lie(direction, name, honest, 2).bytes));
    }

    [Fact]
    public void A_flipped_sign_is_the_negative()
    {
        using var scope = NewDisposeScope();
        var honest = tensor(new float[] { 1, -2, 0 });
        Assert.Equal([-1, 2, 0], Lie(Direction.Forward, "sign-flip", honest, 1).data<float>().ToArray());
    }

    /// <summary>Neither bytes nor any tolerance take a false alarm for the truth, even where the model has diverged.</summary>
    [Theory]
    [InlineData(Direction.Forward)]
    [InlineData(Direction.Backward)]
    public void A_false_accusation_is_finite_exactly_where_the_original_is_not(Direction direction)
    {
        using var scope = NewDisposeScope();
        var mixed = tensor(new[] { 0, -2, float.NaN, float.NegativeInfinity });
        Assert.Equal([float.NaN, float.NaN, 0, 0], Lie(direction, "false-accusation", mixed, 1).data<float>().ToArray());
        foreach (var honest in new[] { mixed, zeros(Shape), full(Shape, float.NaN), full(Shape, -float.NaN) })
        {
            Assert.False(TensorComparison.Same(honest, Lie(direction, "false-accusation", honest, 1), 0));
            Assert.False(TensorComparison.Same(honest, Lie(direction, "false-accusation", honest, 1), 0.99));
        }
    }

    // With 8,192 numbers the mean of either strays from its own by 0.011 at most once in a thousand times.
    [Fact]
    public void Noise_has_the_distribution_it_is_named_after()
    {
        using var scope = NewDisposeScope();
        var honest = zeros(Shape);
        var uniform = Lie(Direction.Forward, "uniform", honest, 1);
        Assert.InRange(uniform.min().item<float>(), 0, 0.01f);
        Assert.InRange(uniform.max().item<float>(), 0.99f, 0.9999999f);
        Assert.Equal(0.5, uniform.mean().item<float>(), 0.05);
        var gaussian = Lie(Direction.Backward, "gaussian", honest, 1);
        Assert.Equal(0, gaussian.mean().item<float>(), 0.05);
        Assert.Equal(1, gaussian.std().item<float>(), 0.05);
        Assert.True(gaussian.abs().max().item<float>() > 3);
    }

    private static Tensor Lie(Direction direction, string name, Tensor honest, ulong key)
    {
        Assert.True(AttackCatalog.TryGet(name, direction, out var attack));
        return attack.Lie(honest, key);
    }
}
