using PipelineRobustness.Adversity.Attacks;
using PipelineRobustness.Pipeline.Ports;
using PipelineRobustness.Pipeline.Verification;
using static TorchSharp.torch;

namespace PipelineRobustness.Tests.Adversity;

/// <summary>What attackers send.</summary>
public sealed class AttackSpecs
{
    private const int MicroBatchesBefore = 3;

    private static readonly long[] Shape = [4, 32, 64];

    public static TheoryData<Direction, string> All =>
        [.. from direction in Enum.GetValues<Direction>() from kind in AttackCatalog.Kinds select (direction, kind)];

    [Fact]
    public void Every_attack_is_found_by_its_kind()
    {
        Assert.All(AttackCatalog.Kinds, kind => Assert.Equal(kind, AttackCatalog.Create(kind).Kind));
        Assert.All((string[])["false-accusation", "gaussian", "sign-flip", "uniform"], kind => Assert.Contains(kind, AttackCatalog.Kinds));
    }

    /// <summary>With other values every seed of a campaign would give another case.</summary>
    [Fact]
    public void Campaigns_draw_the_paper_s_attacks_and_false_accusations()
    {
        Assert.Equal(["false-accusation", "sign-flip", "uniform"], AttackCatalog.Drawn(Direction.Forward));
        Assert.Equal(["false-accusation", "gaussian"], AttackCatalog.Drawn(Direction.Backward));
    }

    [Theory, MemberData(nameof(All))]
    public void A_lie_is_a_new_tensor_of_the_same_kind_and_leaves_the_original_unchanged(Direction direction, string kind)
    {
        using var honest = randn(Shape);
        using var before = honest.clone();
        Tensor lie;
        using (NewDisposeScope()) lie = Lie(kind, honest, 1, direction);
        using (lie)
        {
            Assert.True(honest.bytes.SequenceEqual(before.bytes));
            Assert.False(lie.bytes.SequenceEqual(honest.bytes));
            Assert.Equal(honest.shape, lie.shape);
            Assert.Equal(honest.dtype, lie.dtype);
        }
    }

    [Theory, MemberData(nameof(All))]
    public void A_lie_is_a_function_of_the_truth_and_the_key(Direction direction, string kind)
    {
        using var scope = NewDisposeScope();
        var honest = randn(Shape);
        Assert.True(Lie(kind, honest, 1, direction).bytes.SequenceEqual(Lie(kind, honest, 1, direction).bytes));
        Assert.Equal(
            !AttackCatalog.Create(kind).IsRandom,
            Lie(kind, honest, 1, direction).bytes.SequenceEqual(Lie(kind, honest, 2, direction).bytes));
    }

    [Fact]
    public void A_flipped_sign_is_the_negative()
    {
        using var scope = NewDisposeScope();
        var honest = tensor(new float[] { 1, -2, 0 });
        Assert.Equal([-1, 2, 0], Lie("sign-flip", honest, 1).data<float>().ToArray());
    }

    /// <summary>Neither bytes nor any tolerance accept it as the truth, even where the model has diverged.</summary>
    [Fact]
    public void A_false_accusation_is_finite_exactly_where_the_original_is_not()
    {
        using var scope = NewDisposeScope();
        var mixed = tensor(new[] { 0, -2, float.NaN, float.NegativeInfinity });
        Assert.Equal([float.NaN, float.NaN, 0, 0], Lie("false-accusation", mixed, 1).data<float>().ToArray());
        foreach (var honest in new[] { mixed, zeros(Shape), full(Shape, float.NaN), full(Shape, -float.NaN) })
        {
            Assert.False(TensorComparison.Same(honest, Lie("false-accusation", honest, 1), 0));
            Assert.False(TensorComparison.Same(honest, Lie("false-accusation", honest, 1), 0.99));
        }
    }

    // With 8,192 numbers the mean of either strays from its own by 0.011 at most once in a thousand times.
    [Fact]
    public void Noise_has_the_distribution_it_is_named_after()
    {
        using var scope = NewDisposeScope();
        var honest = zeros(Shape);
        var uniform = Lie("uniform", honest, 1);
        Assert.InRange(uniform.min().item<float>(), 0, 0.01f);
        Assert.InRange(uniform.max().item<float>(), 0.99f, 0.9999999f);
        Assert.Equal(0.5, uniform.mean().item<float>(), 0.05);
        var gaussian = Lie("gaussian", honest, 1);
        Assert.Equal(0, gaussian.mean().item<float>(), 0.05);
        Assert.Equal(1, gaussian.std().item<float>(), 0.05);
        Assert.True(gaussian.abs().max().item<float>() > 3);
    }

    /// <summary>What is sent of a micro-batch; those before it had the same rows in another order.</summary>
    private static Tensor Lie(string kind, Tensor honest, ulong key, Direction direction = Direction.Forward)
    {
        var (attack, memory) = (AttackCatalog.Create(kind), new Memory());
        AttackContext Context(int microBatch) => new(0, 0, 0, microBatch, 2, direction, Link.Neighbour, key, new AttackerKnowledge(6));
        for (var microBatch = 0; microBatch < MicroBatchesBefore; microBatch++)
        {
            using var earlier = honest.roll(MicroBatchesBefore - microBatch, 0);
            var sent = attack.Tamper(Context(microBatch), earlier, memory);
            if (!ReferenceEquals(sent, earlier)) sent.Dispose();
        }

        var lie = attack.Tamper(Context(MicroBatchesBefore), honest, memory);
        memory.Clear();
        return lie;
    }

    private sealed class Memory : IAttackMemory
    {
        private readonly AttemptMemory _memory = new();

        public void Keep(long key, Tensor value) => _memory.Keep("", key, value);

        public Tensor? Recall(long key) => _memory.Recall("", key);

        public void Clear() => _memory.Clear();
    }
}
