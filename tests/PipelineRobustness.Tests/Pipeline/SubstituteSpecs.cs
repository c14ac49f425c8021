using System.Collections.Concurrent;
using PipelineRobustness.Adversity.Attacks;
using PipelineRobustness.Pipeline.Ports;
using PipelineRobustness.Pipeline.Running;
using PipelineRobustness.Pipeline.Verification;

namespace PipelineRobustness.Tests.Pipeline;

/// <summary>
/// Under substitute the final weights, moments and step counts are those of the clean run bit for bit, every attack is
/// detected, no stage is falsely accused.
/// </summary>
public sealed class SubstituteSpecs
{
    private static readonly Rig Clean = new() { Layers = 6, Stages = 6, MicroBatches = 3, Iterations = 4, Remedy = "substitute" };

    // The result of a plain loop, by what it trains.
    private static readonly ConcurrentDictionary<Rig, PlainEnd> CleanOnes = new();

    private static readonly string CleanHash = (Clean with { Remedy = "off" }).PlainLoop().Hash;

    [Theory]
    [InlineData("sign-flip", 0.3)]
    [InlineData("sign-flip", 0.7)]
    [InlineData("sign-flip", 1.0)]
    [InlineData("uniform", 0.7)]
    public void Attackers_drawn_per_iteration_change_nothing(string kind, double rate)
    {
        EndsClean(Clean with { Seed = 3, Iterations = 4, Forward = [AttackCatalog.Create(kind) with { Rate = rate }] });
        EndsClean(Clean with { Backward = [new GaussianNoise { Rate = rate }] });
        EndsClean(Clean with { Forward = [AttackCatalog.Create(kind) with { Rate = rate }], Backward = [new GaussianNoise { Rate = rate }] });
    }

    [Theory]
    [InlineData(3, 4, 2, CopyPlacement.Middle, true, ClipScope.Global, 0)]
    [InlineData(3, 3, 1, CopyPlacement.Ring, false, ClipScope.PerStage, 0)]
    [InlineData(4, 6, 1, CopyPlacement.Ring, true, ClipScope.PerStage, 1e-3)]
    [InlineData(5, 5, 2, CopyPlacement.Middle, false, ClipScope.Global, 1e-3)]
    [InlineData(12, 12, 2, CopyPlacement.Middle, true, ClipScope.PerStage, 0)]
    [InlineData(7, 12, 3, CopyPlacement.Ring, true, ClipScope.Global, 0)]
    public void Substitute_ends_clean_for_any_cut_and_clip_tied_or_not(
        int stages, int layers, int microBatches, CopyPlacement copies, bool tied, ClipScope clip, double tolerance) => EndsClean(Clean with
        {
            Stages = stages,
            Layers = layers,
            MicroBatches = microBatches,
            Copies = copies,
            Tied = tied,
            ClipScope = clip,
            Tolerance = tolerance,
            Forward = [Rig.Flip],
            Backward = [Rig.Noise with { Rate = 0.7 }],
        });

    [Theory]
    [InlineData(1)]
    [InlineData(4)]
    public void An_attacker_at_either_end_of_the_middle_changes_nothing(int stage)
    {
        EndsCleanAtEveryRate(Clean with { Forward = [Rig.Flip with { Stage = stage }] });
        EndsCleanAtEveryRate(Clean with { Backward = [Rig.Noise with { Stage = stage }] });
    }

    [Theory]
    [InlineData(2, 2)]
    [InlineData(2, 3)]
    [InlineData(3, 2)]
    [InlineData(1, 4)]
    [InlineData(4, 1)]
    public void Forward_and_backward_attackers_anywhere_change_nothing(int forward, int backward)
    {
        foreach (var copies in new[] { CopyPlacement.Middle, CopyPlacement.Ring })
        {
            EndsCleanAtEveryRate(Clean with
            {
                Copies = copies,
                Forward = [Rig.Flip with { Stage = forward }],
                Backward = [Rig.Noise with { Stage = backward }],
            });
        }
    }

    [Theory]
    [InlineData(1, 3)]
    [InlineData(1, 4)]
    [InlineData(2, 4)]
    public void Two_attackers_in_one_direction_that_are_not_neighbours_change_nothing(int one, int other)
    {
        EndsCleanAtEveryRate(Clean with { Forward = [Rig.Flip with { Stage = one }, Rig.Flip with { Stage = other }] });
        EndsCleanAtEveryRate(Clean with { Backward = [Rig.Noise with { Stage = one }, Rig.Noise with { Stage = other }] });
    }

    [Theory]
    [InlineData(0.3)]
    [InlineData(0.7)]
    public void Two_lying_neighbours_forward_are_repeated_and_change_nothing(double rate)
    {
        var run = EndsClean(Clean with
        {
            Iterations = 4,
            Forward = [new SignFlip { Rate = rate, Stage = 2 }, new SignFlip { Rate = rate, Stage = 3 }],
        });
        var both = run.Attacks.GroupBy(a => (a.Iteration, a.Attempt)).Count(g => g.Count() == 2);
        Assert.Equal(both, run.Committed.Sum(c => c.Repeats));
        Assert.True(rate < 0.5 || both > 0, "the seed must make two neighbours strike at once");
    }

    [Fact]
    public void Two_lying_neighbours_forward_in_every_attempt_fail_the_run()
    {
        var run = (Clean with
        {
            AttemptsMax = 5,
            Forward = [Rig.Flip with { Stage = 2 }, Rig.Flip with { Stage = 3 }],
        }).Run();
        Assert.Equal(RunStatus.Failed, run.Status);
        Assert.Contains("iteration 0 was given up after 5 attempts", run.Reason, StringComparison.Ordinal);
        Assert.Equal(10, run.Attacks.Count);
        Assert.Equal(run.Attacks, run.Detected);
        Assert.Empty(run.FalseVerdicts);
        Assert.Equal(5, Assert.Single(run.Events.OfType<IterationAbandoned>()).Repeats);
    }

    /// <summary>
    /// The limit of two holders. Stage m rejects the gradient of m + 1, whose jump, the only check of m's own, is then void:
    /// m's lie goes unnoticed. Where block m - 1 has a copy its holders disagree, and nothing is committed;
    /// where it has none (m = 1 with copies in the middle) wrong weights are committed. Stage m - 1, which was lied to,
    /// continues with the lie and is itself accused.
    /// </summary>
    [Theory]
    [InlineData(2, CopyPlacement.Middle, false)]
    [InlineData(1, CopyPlacement.Ring, false)]
    [InlineData(1, CopyPlacement.Middle, true)]
    public void Two_lying_neighbours_backward_show_the_limit_of_two_holders(int stage, CopyPlacement copies, bool committed)
    {
        var run = (Clean with
        {
            AttemptsMax = 3,
            Copies = copies,
            Backward = [Rig.Noise with { Stage = stage }, Rig.Noise with { Stage = stage + 1 }],
        }).Run();
        Assert.All(run.Detected, a => Assert.Equal(stage + 1, a.Stage));
        Assert.Equal(run.Attacks.Count, 2 * run.Detected.Count);
        Assert.All(run.FalseVerdicts, v => Assert.Equal((stage - 1, Direction.Backward), (v.Suspect, v.Direction)));
        Assert.Equal(committed ? RunStatus.Done : RunStatus.Failed, run.Status);
        if (committed) Assert.NotEqual(CleanHash, run.Hash);
        else Assert.Contains("report different gradients", run.Reason, StringComparison.Ordinal);
    }

    [Fact]
    public void Two_lying_neighbours_backward_are_repeated_and_change_nothing()
    {
        var run = (Clean with
        {
            Backward = [new GaussianNoise { Rate = 0.5, Stage = 2 }, new GaussianNoise { Rate = 0.5, Stage = 3 }],
        }).Run();
        Assert.Equal(CleanHash, run.Hash);
        Assert.True(run.Committed.Sum(c => c.Disagreements) > 0, "the seed must make two neighbours strike at once");
    }

    [Fact]
    public void A_tolerance_accepts_a_small_lie_and_no_large_one()
    {
        var whisper = Clean with { Tolerance = 1e-3, Behaviour = Louder(1e-6) };
        Assert.Empty(whisper.Run().Verdicts);
        var shout = Clean with { Tolerance = 1e-3, Behaviour = Louder(1e-2) };
        var verdicts = shout.Run().Verdicts;
        Assert.NotEmpty(verdicts);
        Assert.All(verdicts, v => Assert.Equal(2, v.Suspect));
        Assert.All(verdicts, v => Assert.InRange(v.Distance, 0.9e-2, 1.1e-2));
    }

    // Of the rates below 1 each strikes in some of the iterations and not in others.
    private static void EndsCleanAtEveryRate(Rig rig)
    {
        Attack[] At(Attack[] plans, double rate) => [.. plans.Select(plan => plan with { Rate = rate })];
        foreach (var rate in new[] { 0.3, 0.7, 1 })
            EndsClean(rig with { Iterations = 6, Forward = At(rig.Forward, rate), Backward = At(rig.Backward, rate) });
    }

    private static Ended EndsClean(Rig rig)
    {
        var run = rig.Run();
        Assert.Equal((RunStatus.Done, null), (run.Status, run.Reason));
        var clean = CleanOnes.GetOrAdd(rig with { Remedy = "off", Copies = null, Forward = [], Backward = [] }, one => one.PlainLoop());
        Assert.Equal(clean.Hash, run.Hash);
        Assert.Equal(clean.Loss, run.Loss);
        Assert.Equal(clean.Steps, run.Committed.Select(c => (c.Loss, c.GradientNorm)));
        Assert.NotEmpty(run.Attacks);
        Assert.Equal(run.Attacks, run.Detected);
        Assert.Empty(run.FalseVerdicts);
        return run;
    }

    // Stage 2 sends slightly too large an activation.
    private static Fault Louder(double by) =>
        Faults.At(stage: 2).Forward.Over(Link.Neighbour, Link.Jump).Send(honest => honest.mul(1 + by));
}
