using PipelineRobustness.Adversity.Attacks;
using PipelineRobustness.Pipeline.Messages;
using PipelineRobustness.Pipeline.Ports;
using PipelineRobustness.Pipeline.Running;
using PipelineRobustness.Pipeline.Verification;

namespace PipelineRobustness.Tests.Pipeline;

/// <summary>
/// Checkers that accuse honest stages. An accused pass is thrown away with any content, so a run in which they
/// accuse the stages that the same seed would have made attack ends with the bits of the run that was attacked and defended.
/// </summary>
public sealed class FalseAccusationSpecs
{
    private static readonly Rig Clean = new() { Layers = 6, Stages = 6, MicroBatches = 2, Iterations = 3, AttemptsMax = 6 };

    public FalseAccusationSpecs() => TorchSharp.torch.set_num_threads(1);

    [Theory]
    [InlineData("skip", 4, CopyPlacement.Middle)]
    [InlineData("skip", 6, CopyPlacement.Ring)]
    [InlineData("skip-with-server", 4, CopyPlacement.Ring)]
    [InlineData("skip-with-server", 6, CopyPlacement.Middle)]
    [InlineData("restart", 4, CopyPlacement.Ring)]
    [InlineData("restart", 6, CopyPlacement.Middle)]
    public void A_falsely_accused_stage_is_treated_as_an_attacker(string remedy, int stages, CopyPlacement copies)
    {
        var rig = Clean with { Remedy = remedy, Stages = stages, Copies = copies };
        foreach (var rate in new[] { 0.3, 0.7, 1 })
        {
            EndsAlike(rig with { Forward = [new SignFlip { Rate = rate }] });
            EndsAlike(rig with { Backward = [new GaussianNoise { Rate = rate }] });
        }
    }

    [Theory]
    [InlineData("skip", CopyPlacement.Middle)]
    [InlineData("skip-with-server", CopyPlacement.Ring)]
    public void Each_falsely_accused_stage_is_treated_as_an_attacker(string remedy, CopyPlacement copies)
    {
        foreach (var stage in new[] { 1, 2, 3, 4 })
        {
            var rig = Clean with { Iterations = 1, Remedy = remedy, Copies = copies };
            EndsAlike(rig with { Forward = [Rig.Flip with { Stage = stage }] });
            EndsAlike(rig with { Backward = [Rig.Noise with { Stage = stage }] });
        }
    }

    [Fact]
    public void Restart_treats_false_accusations_in_both_directions_as_attacks() => EndsAlike(
        Clean with { Remedy = "restart", Forward = [new SignFlip { Rate = 0.4 }], Backward = [new GaussianNoise { Rate = 0.4 }] });

    /// <summary>The law's limit: in a repeated pass a stage whose checker was skipped can lie unnoticed, and cannot be falsely accused.</summary>
    [Fact]
    public void A_skipped_stage_accuses_no_other()
    {
        var rig = Clean with
        {
            Remedy = "skip-with-server",
            Forward = [Rig.Flip with { Stage = 4 }],
            Backward = [Rig.Noise with { Stage = 3 }],
        };
        Assert.All(rig.Run().FalseVerdicts, v => Assert.Equal((2, Direction.Backward), (v.Suspect, v.Direction)));
        var accused = Wolf(rig).Run();
        Assert.All(accused.Verdicts, v => Assert.Equal((4, Direction.Forward), (v.Suspect, v.Direction)));
        Assert.All(accused.Committed, c => Assert.Equal("4", string.Join(',', c.Skipped)));
    }

    [Theory]
    [InlineData("substitute", 0)]
    [InlineData("substitute", 1e-3)]
    [InlineData("observe", 0)]
    [InlineData("observe", 1e-3)]
    [InlineData("off", 0)]
    public void False_accusations_change_nothing_unless_stages_are_skipped(string remedy, double tolerance)
    {
        var rig = Clean with
        {
            Remedy = remedy,
            Tolerance = tolerance,
            Forward = [new FalseAccusation { Rate = 0.7 }],
            Backward = [new FalseAccusation { Rate = 0.7 }],
        };
        var run = rig.Run();
        Assert.Equal(Clean.PlainLoop().Hash, run.Hash);
        Assert.Empty(run.Attacks);
        Assert.Equal(remedy == "off", run.Verdicts.Count == 0);
        Assert.All(run.Verdicts, v => Assert.True(double.IsPositiveInfinity(v.Distance)));
    }

    [Fact]
    public void False_accusations_do_not_depend_on_the_interleaving()
    {
        Attack[] often = [new FalseAccusation { Rate = 0.7 }];
        var rig = Clean with { Iterations = 2, Remedy = "skip", Forward = often, Backward = often };
        var expected = rig.Run();
        Assert.NotEmpty(expected.Verdicts);
        for (var seed = 0UL; seed < 6; seed++)
        {
            var run = rig.Simulate(seed);
            Assert.Equal(expected.Hash, run.Hash);
            Assert.Equal(expected.Verdicts, run.Verdicts);
        }
    }

    /// <summary>What one lying checker can do to honest stages, at every iteration.</summary>
    [Theory]
    [InlineData("skip", "1,2,3", "1,2,3")]
    [InlineData("skip-with-server", "2,3", "1,2,3")]
    public void One_false_accuser_freezes_honest_stages_for_good(string remedy, string skipped, string frozen)
    {
        foreach (var rig in new[]
        {
            Clean with { Forward = [new FalseAccusation { Rate = 1, Stage = 2 }] }, Clean with { Backward = [new FalseAccusation { Rate = 1, Stage = 2 }] },
        })
        {
            var run = (rig with { Remedy = remedy }).Run();
            Assert.Equal(3, run.Committed.Count());
            Assert.All(run.Committed, c => Assert.Equal((skipped, frozen), (string.Join(',', c.Skipped), string.Join(',', c.Frozen))));
            Assert.Empty(run.Attacks);
            Assert.Equal(run.Verdicts, run.FalseVerdicts);
        }
    }

    [Fact]
    public void One_false_accuser_ends_restart_and_two_neighbours_end_substitute()
    {
        var restarted = (Clean with { Remedy = "restart", Forward = [new FalseAccusation { Rate = 1, Stage = 2 }] }).Run();
        Assert.Equal((RunStatus.Failed, 0), (restarted.Status, restarted.Iterations));
        Attack[] neighbours = [new FalseAccusation { Rate = 1, Stage = 2 }, new FalseAccusation { Rate = 1, Stage = 3 }];
        var taken = (Clean with { Remedy = "substitute", Forward = neighbours }).Run();
        Assert.Equal((RunStatus.Failed, 0), (taken.Status, taken.Iterations));
        Assert.Contains("neighbours 2 and 3 are suspects", taken.Reason, StringComparison.Ordinal);
    }

    /// <summary>The other way round: stage 2 lies, and stage 3 tells its detector that it computed just that.</summary>
    [Theory]
    [InlineData("substitute")]
    [InlineData("skip")]
    public void A_stage_that_covers_for_its_neighbour_is_believed(string remedy)
    {
        var run = (Clean with { Remedy = remedy, Behaviour = Covering }).Run();
        Assert.Equal(RunStatus.Done, run.Status);
        Assert.Empty(run.Verdicts);
        Assert.NotEqual(Clean.PlainLoop().Hash, run.Hash);
    }

    private static void EndsAlike(Rig rig)
    {
        var (attacked, accused) = (rig.Run(), Wolf(rig).Run());
        Assert.Equal(attacked.Attacks, attacked.Detected);
        Assert.Empty(attacked.FalseVerdicts);
        Assert.Empty(accused.Attacks);
        Assert.NotEmpty(accused.Verdicts);
        Assert.Equal(attacked.Verdicts.Select(Named), accused.Verdicts.Select(Named));
        Assert.Equal(attacked.Committed.Select(Comparable), accused.Committed.Select(Comparable));
        Assert.Equal(
            (attacked.Status, attacked.Reason, attacked.Hash, attacked.Loss),
            (accused.Status, accused.Reason, accused.Hash, accused.Loss));
    }

    private static Rig Wolf(Rig rig) => rig with
    {
        Forward = [.. rig.Forward.Select(attack => new FalseAccusation { Rate = attack.Rate, Stage = attack.Stage })],
        Backward = [.. rig.Backward.Select(attack => new FalseAccusation { Rate = attack.Rate, Stage = attack.Stage })],
    };

    private static Verdict Named(Verdict verdict) => verdict with { Distance = 0 };

    private static object Comparable(IterationCommitted committed) => (
        committed.Iteration, committed.Loss, committed.GradientNorm, committed.Attempts, committed.Passes,
        string.Join(',', committed.Skipped), string.Join(',', committed.Frozen));

    private static Fault Covering => Faults.At().Forward
        .When(c => c.Link == Link.Comparison ? c.Judged == 2 : c is { Stage: 2, Link: Link.Neighbour or Link.Jump })
        .Send(honest => honest.neg());
}
