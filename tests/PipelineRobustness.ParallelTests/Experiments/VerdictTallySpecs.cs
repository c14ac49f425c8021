using FsCheck;
using FsCheck.Fluent;
using PipelineRobustness.Adversity.Attacks;
using PipelineRobustness.Experiments.Runs;
using PipelineRobustness.Pipeline.Messages;
using PipelineRobustness.Pipeline.Ports;

namespace PipelineRobustness.Tests.Experiments;

/// <summary>An attack is (iteration, attempt, direction, stage); a verdict detects it only where all four agree.</summary>
public sealed class VerdictTallySpecs
{
    private static readonly AttackEvent Truth = new(3, 1, Direction.Forward, 2);

    [Fact]
    public void A_tally_without_attacks_and_verdicts_is_empty() =>
        Assert.Equal(new VerdictTally(0, 0, 0), VerdictTally.Of([], []));

    [Fact]
    public void An_attack_named_in_every_micro_batch_is_one_attack_detected_once() =>
        Assert.Equal(new VerdictTally(1, 1, 0), VerdictTally.Of([Truth], Enumerable.Range(0, 8).Select(m => Verdict(Truth, m))));

    [Fact]
    public void An_attack_without_a_verdict_is_not_detected() =>
        Assert.Equal(new VerdictTally(1, 0, 0), VerdictTally.Of([Truth], []));

    [Theory]
    [InlineData(4, 1, Direction.Forward, 2)]
    [InlineData(3, 0, Direction.Forward, 2)]
    [InlineData(3, 1, Direction.Backward, 2)]
    [InlineData(3, 1, Direction.Forward, 3)]
    public void A_verdict_on_another_iteration_attempt_direction_or_stage_is_false(long iteration, int attempt, Direction direction, int stage) =>
        Assert.Equal(new VerdictTally(1, 0, 1), VerdictTally.Of([Truth], [Verdict(new AttackEvent(iteration, attempt, direction, stage), 0)]));

    /// <summary>Whatever is worked with changed weights shows them.</summary>
    [Fact]
    public void Changed_weights_are_detected_by_any_verdict_of_the_iteration_or_by_being_rebuilt()
    {
        var changed = new AttackEvent(3, 0, Act.Weights, 2);
        Verdict[] both = [Verdict(new(3, 0, Direction.Forward, 2), 0), Verdict(new(3, 1, Direction.Backward, 2), 1)];
        Assert.Equal(new VerdictTally(1, 1, 0), VerdictTally.Of([changed], both));
        Assert.Equal(new VerdictTally(1, 1, 0), VerdictTally.Of([changed], [], [(3, 2)]));
        Assert.Equal(new VerdictTally(1, 0, 1), VerdictTally.Of([changed], [Verdict(new(4, 0, Direction.Forward, 2), 0)], [(3, 1), (2, 2)]));
    }

    [Fact]
    public void A_false_step_is_detected_in_the_iteration_after_it()
    {
        var step = new AttackEvent(3, 0, Act.Step, 2);
        Verdict[] both = [Verdict(new(4, 0, Direction.Forward, 2), 0), Verdict(new(3, 0, Direction.Forward, 2), 0)];
        Assert.Equal(new VerdictTally(1, 1, 1), VerdictTally.Of([step], both));
        Assert.Equal(new VerdictTally(1, 0, 0), VerdictTally.Of([step], [], [(4, 2)]));
    }

    [Fact]
    public void The_same_stage_in_both_directions_makes_two_attacks()
    {
        var back = Truth with { Act = Act.Backward };
        Assert.Equal(new VerdictTally(2, 1, 0), VerdictTally.Of([Truth, back], [Verdict(back, 0)]));
    }

    [Fact]
    public void Every_verdict_is_either_of_an_attack_or_false()
    {
        var attacks = Gen.Choose(0, 2).Select(i => new AttackEvent(i, 0, Direction.Forward, i % 2 + 1));
        var cases = from truth in attacks.ListOf()
                    from named in attacks.ListOf()
                    select (Truth: truth, Named: named);
        Check.QuickThrowOnFailure(Prop.ForAll(cases.ToArbitrary(), c =>
        {
            var tally = VerdictTally.Of(c.Truth, c.Named.Select((a, m) => Verdict(a, m)));
            return tally.Attacks == c.Truth.Distinct().Count()
                && tally.Detected == c.Truth.Intersect(c.Named).Count()
                && tally.FalseVerdicts == c.Named.Count(a => !c.Truth.Contains(a));
        }));
    }

    private static Verdict Verdict(AttackEvent attack, int microBatch) => new(
        attack.Iteration, attack.Attempt, 0, microBatch, attack.Act == Act.Forward ? Direction.Forward : Direction.Backward, attack.Stage,
        attack.Stage + 1, 1);
}
