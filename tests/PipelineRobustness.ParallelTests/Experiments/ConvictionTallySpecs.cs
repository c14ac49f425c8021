using PipelineRobustness.Adversity.Attacks;
using PipelineRobustness.Experiments.Runs;
using PipelineRobustness.Pipeline.Messages;
using PipelineRobustness.Pipeline.Ports;
using PipelineRobustness.Pipeline.Referee;

namespace PipelineRobustness.Tests.Experiments;

/// <summary>How rulings are held against what was done.</summary>
public sealed class ConvictionTallySpecs
{
    private static readonly AttackEvent Lie = new(3, 0, Act.Forward, 2);

    [Fact]
    public void A_conviction_detects_all_that_its_stage_did_in_the_attempt() => Assert.Equal(
        new ConvictionTally(2, 2, 0, 0, 0, 1, 0), ConvictionTally.Of([Lie, Lie with { Act = Act.Backward }], [Convicted(Lie)]));

    [Fact]
    public void Others_lies_in_an_attempt_that_was_thrown_away_are_averted()
    {
        Assert.Equal(new ConvictionTally(2, 1, 1, 0, 0, 1, 0), ConvictionTally.Of([Lie, Lie with { Stage = 1 }], [Convicted(Lie)]));
        Assert.Equal(new ConvictionTally(1, 0, 1, 0, 0, 0, 1), ConvictionTally.Of([Lie], [Relayed(3, 0)]));
    }

    /// <summary>A false step is found when the attempt is committed already.</summary>
    [Fact]
    public void A_ruling_on_a_step_averts_nothing_else_of_the_attempt()
    {
        var step = Lie with { Act = Act.Step, Stage = 1 };
        Assert.Equal(new ConvictionTally(2, 1, 0, 1, 0, 1, 0), ConvictionTally.Of([Lie, step], [Convicted(step)]));
    }

    [Fact]
    public void An_attack_without_a_ruling_in_its_attempt_is_missed() => Assert.Equal(
        new ConvictionTally(1, 0, 0, 1, 1, 1, 1),
        ConvictionTally.Of([Lie], [Convicted(Lie with { Attempt = 1 }), Relayed(2, 0)]));

    [Theory]
    [InlineData(4, 0, 2)]
    [InlineData(3, 1, 2)]
    [InlineData(3, 0, 1)]
    public void A_conviction_for_another_iteration_attempt_or_stage_is_false(long iteration, int attempt, int stage) =>
        Assert.Equal(1, ConvictionTally.Of([Lie], [Convicted(new AttackEvent(iteration, attempt, Act.Forward, stage))]).FalseConvictions);

    /// <summary>Its state is not the one that it reported, and both holders reported that.</summary>
    [Theory]
    [InlineData(4, 2, 0)]
    [InlineData(5, 2, 1)]
    [InlineData(4, 1, 1)]
    public void A_transfer_that_contradicts_the_last_step_convicts_rightly(long iteration, int stage, int expected)
    {
        var step = Lie with { Act = Act.Step };
        var transfer = Convicted(new AttackEvent(iteration, 0, Act.Transfer, stage));
        Assert.Equal(new ConvictionTally(1, 0, 0, 1, expected, 1, 0), ConvictionTally.Of([step], [transfer]));
        // The liar is gone.
        Assert.Equal(1, ConvictionTally.Of([step], [Convicted(step), transfer]).FalseConvictions);
    }

    /// <summary>Both holders of a block may be convicted by one, and a stage without any.</summary>
    [Fact]
    public void Hearings_are_counted_and_not_convictions()
    {
        var (owner, copier) = (Convicted(Lie), Convicted(Lie with { Stage = 3 }));
        copier = copier with { Convicted = copier.Convicted! with { Heard = 2 } };
        var byRelay = Convicted(Lie with { Stage = 1 });
        byRelay = byRelay with { Convicted = byRelay.Convicted! with { Heard = null } };
        Assert.Equal(1, ConvictionTally.Of([], [owner, copier, byRelay]).Hearings);
        Assert.Equal(2, ConvictionTally.Of([], [owner, Convicted(Lie with { Attempt = 1 })]).Hearings);
        Assert.Equal(2, ConvictionTally.Of([], [owner, Convicted(Lie with { Stage = 0 })]).Hearings);
    }

    [Fact]
    public void Quarantined_are_nodes_or_in_a_run_of_one_node_seats()
    {
        Ruling[] rulings = [Convicted(Lie), Relayed(4, 0), Convicted(Lie with { Attempt = 1, Stage = 1 }), Convicted(Lie with { Iteration = 5 })];
        Assert.Equal(["node-2", "node-1"], Quarantine.Of(rulings, 1, hasOneNode: false));
        Assert.Equal(["node-2"], Quarantine.Of(rulings, 2, hasOneNode: false));
        Assert.Equal(["stage 2, seat 0", "stage 1, seat 0"], Quarantine.Of(rulings, 2, hasOneNode: true));
    }

    internal static Ruling Convicted(AttackEvent attack) => new(
        attack.Iteration, attack.Attempt, attack.Act, attack.Act is Act.Forward or Act.Backward ? 1 : null,
        new Conviction(attack.Stage, 0, new NodeId($"node-{attack.Stage}"), new Claim(7, 8), attack.Stage), null);

    internal static Ruling Relayed(long iteration, int attempt) =>
        new(iteration, attempt, Act.Forward, 0, null, new StageLink(Direction.Forward, Link.Jump, 1, 3));
}
