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
        string[] builtIn =
        [
            "bias", "cheap", "constant", "false-accusation", "gambler", "gaussian", "in-recovery", "lazy", "mimic", "own-noise", "random-sign", "replay",
            "scale", "sign-flip", "slow-drift", "uniform", "worst-direction",
        ];
        Assert.All(builtIn, kind => Assert.Contains(kind, AttackCatalog.Kinds));
    }

    /// <summary>With other values every seed of a campaign would give another case.</summary>
    [Fact]
    public void Campaigns_draw_the_paper_s_attacks_and_false_accusations()
    {
        Assert.Equal(["false-accusation", "sign-flip", "uniform"], AttackCatalog.Drawn(Direction.Forward));
        Assert.Equal(["false-accusation", "gaussian"], AttackCatalog.Drawn(Direction.Backward));
    }

    /// <summary>A campaign injects failures, and a failure takes what an attack remembers.</summary>
    [Fact]
    public void Campaigns_draw_no_attack_that_remembers_earlier_iterations() =>
        Assert.All(Enum.GetValues<Direction>().SelectMany(AttackCatalog.Drawn), kind => Assert.False(AttackCatalog.Create(kind).Remembers));

    [Fact]
    public void Attacks_are_equal_if_all_of_their_settings_are()
    {
        Assert.All(AttackCatalog.Kinds, kind => Assert.Equal(AttackCatalog.Create(kind), AttackCatalog.Create(kind) with { Stages = ["any"] }));
        Assert.All(AttackCatalog.Kinds, kind => Assert.NotEqual(AttackCatalog.Create(kind), AttackCatalog.Create(kind) with { Stages = ["first", "2"] }));
        Assert.All(AttackCatalog.Kinds, kind => Assert.NotEqual(AttackCatalog.Create(kind), AttackCatalog.Create(kind) with { From = 1 }));
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

    /// <summary>
    /// What is sent of a micro-batch in the second iteration, after something broke; those before it had the same rows in another order.
    /// </summary>
    private static Tensor Lie(string kind, Tensor honest, ulong key, Direction direction = Direction.Forward)
    {
        var (attack, memory) = (AttackCatalog.Create(kind) with { Direction = direction }, new Memory());
        using var input = honest.neg().DetachFromDisposeScope();
        AttackContext Context(int microBatch, long iteration = 1) =>
            new(iteration, 0, 0, microBatch, 2, direction, Link.Neighbour, key, new AttackerKnowledge(key, 6)) { Input = input, FollowsRecovery = true };
        memory.Begin(0);
        attack.Spare(Context(0, 0), honest, memory);
        attack.Receive(Context(0, 0) with { Direction = Direction.Backward }, honest, memory);
        memory.Begin(1);
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

    private sealed class Memory : IAttackMemory, ILastingMemory
    {
        private readonly BehaviourMemory _memory = new();

        public ILastingMemory Lasting => this;

        public void Begin(long iteration) => _memory.Begin(iteration);

        public void Keep(long key, Tensor value) => _memory.Attempt.Keep("", key, value);

        public Tensor? Recall(long key) => _memory.Attempt.Recall("", key);

        void ILastingMemory.Keep(long key, Tensor value) => _memory.Lasting.Keep("", key, value);

        Tensor? ILastingMemory.Recall(long key) => _memory.Lasting.Recall("", key);

        public void Clear() => _memory.Clear();
    }
}
