using PipelineRobustness.Adversity.Attacks;
using PipelineRobustness.Pipeline.Ports;
using PipelineRobustness.Pipeline.Running;
using PipelineRobustness.Pipeline.Verification;

namespace PipelineRobustness.Tests.Pipeline;

/// <summary>The remedies over the real actors: what they cost, what they leave.</summary>
public sealed class OtherRemediesSpecs
{
    private static readonly Rig Clean = new() { Layers = 6, Stages = 6, MicroBatches = 2, Iterations = 4 };

    [Theory]
    [InlineData(0.3)]
    [InlineData(0.7)]
    public void Restart_ends_with_the_clean_bits(double rate)
    {
        var run = (Clean with
        {
            Remedy = "restart",
            Forward = [new SignFlip { Rate = rate }],
            Backward = [new GaussianNoise { Rate = rate }],
        }).Run();
        Assert.Equal(RunStatus.Done, run.Status);
        Assert.Equal(Clean.PlainLoop().Hash, run.Hash);
        Assert.True(run.Committed.Sum(c => c.Attempts) > run.Committed.Count());
        Assert.Equal(run.Attacks, run.Detected);
        Assert.Empty(run.FalseVerdicts);
    }

    [Fact]
    public void Restart_gives_up_if_every_attempt_is_attacked()
    {
        var run = (Clean with { Remedy = "restart", AttemptsMax = 4, Forward = [Rig.Flip] }).Run();
        Assert.Equal(RunStatus.Failed, run.Status);
        Assert.Contains("given up after 4 attempts", run.Reason, StringComparison.Ordinal);
        Assert.Equal(4, run.Attacks.Count);
        Assert.Equal(run.Attacks, run.Detected);
    }

    [Theory]
    [InlineData("skip-with-server", 2, "2,3", "1,2,3")]
    [InlineData("skip", 2, "1,2,3", "1,2,3")]
    [InlineData("skip-with-server", 4, "4", "3,4")]
    [InlineData("skip", 4, "3,4", "2,3,4")]
    public void The_skips_commit_the_remaining_stages(string remedy, int attacker, string skipped, string frozen)
    {
        foreach (var rig in new[]
        {
            Clean with { Remedy = remedy, Forward = [Rig.Flip with { Stage = attacker }] },
            Clean with { Remedy = remedy, Backward = [Rig.Noise with { Stage = attacker }] },
            Clean with { Remedy = remedy, Copies = CopyPlacement.Ring, Forward = [Rig.Flip with { Stage = attacker }] },
        })
        {
            var run = rig.Run();
            Assert.Equal((RunStatus.Done, null), (run.Status, run.Reason));
            Assert.All(run.Committed, c =>
            {
                Assert.Equal(2, c.Passes);
                Assert.Equal(skipped, string.Join(',', c.Skipped));
                Assert.Equal(frozen, string.Join(',', c.Frozen));
            });
            Assert.Equal(run.Attacks, run.Detected);
            Assert.Empty(run.FalseVerdicts);
        }
    }

    /// <summary>A lie drawn for the backward pass is never sent, because the forward pass is judged first.</summary>
    [Theory]
    [InlineData("skip")]
    [InlineData("skip-with-server")]
    [InlineData("restart")]
    public void The_forward_pass_is_judged_before_backward_begins(string remedy)
    {
        var run = (Clean with
        {
            Remedy = remedy,
            AttemptsMax = 3,
            Forward = [Rig.Flip with { Stage = 2 }],
            Backward = [Rig.Noise with { Stage = 2 }],
        }).Run();
        Assert.NotEmpty(run.Attacks);
        Assert.All(run.Attacks, a => Assert.Equal(Act.Forward, a.Act));
        Assert.All(run.Verdicts, v => Assert.Equal((Direction.Forward, 2, 0), (v.Direction, v.Suspect, v.Pass)));
    }

    [Theory]
    [InlineData("observe")]
    [InlineData("substitute")]
    public void An_attempt_is_run_to_its_end_and_judged_once(string remedy)
    {
        var run = (Clean with
        {
            Remedy = remedy,
            Forward = [Rig.Flip with { Stage = 2 }],
            Backward = [Rig.Noise with { Stage = 2 }],
        }).Run();
        Assert.Equal(8, run.Attacks.Count);
        Assert.Equal(run.Attacks, run.Detected);
        Assert.All(run.Committed, c => Assert.Equal((1, 1), (c.Attempts, c.Passes)));
    }

    [Fact]
    public void A_second_attacker_in_the_repeated_pass_extends_the_skipped_set()
    {
        var run = (new Rig { Layers = 8, Stages = 8, MicroBatches = 2, Iterations = 2 } with
        {
            Remedy = "skip-with-server",
            Forward = [Rig.Flip with { Stage = 2 }],
            Backward = [Rig.Noise with { Stage = 5 }],
        }).Run();
        Assert.All(run.Committed, c => Assert.Equal("2,3,5,6", string.Join(',', c.Skipped)));
        Assert.All(run.Committed, c => Assert.Equal(3, c.Passes));
        Assert.Equal(run.Attacks, run.Detected);
        Assert.Empty(run.FalseVerdicts);
    }

    [Theory]
    [InlineData(CopyPlacement.Middle)]
    [InlineData(CopyPlacement.Ring)]
    public void Observe_names_every_attack_of_its_own_iteration_and_no_other_stage(CopyPlacement copies)
    {
        foreach (var stage in new[] { 1, 3, 4 })
        {
            var run = (Clean with
            {
                Remedy = "observe",
                Copies = copies,
                Forward = [new SignFlip { Rate = 0.5, Stage = stage }],
                Backward = [new GaussianNoise { Rate = 0.5, Stage = stage }],
            }).Run();
            Assert.Equal(RunStatus.Done, run.Status);
            Assert.NotEmpty(run.Attacks);
            Assert.Equal(run.Attacks, run.Detected);
            Assert.Empty(run.FalseVerdicts);
        }
    }

    [Fact]
    public void Off_detects_nothing_and_its_copies_stay_equal()
    {
        var rig = Clean with { Forward = [Rig.Flip], Backward = [Rig.Noise] };
        var without = rig.Run();
        var with = (rig with { Copies = CopyPlacement.Ring }).Run();
        Assert.Empty(with.Verdicts);
        Assert.NotEqual(Clean.PlainLoop().Hash, without.Hash);
        Assert.Equal(without.Hash, with.Hash);
    }

    [Fact]
    public void Observe_ends_with_the_bits_of_off()
    {
        var rig = Clean with { Forward = [Rig.Flip], Backward = [Rig.Noise with { Rate = 0.5 }] };
        Assert.Equal(rig.Run().Hash, (rig with { Remedy = "observe" }).Run().Hash);
    }
}
