using PipelineRobustness.Adversity.Failures;
using PipelineRobustness.Adversity.Failures.Kinds;
using PipelineRobustness.Adversity.Liars;
using PipelineRobustness.Experiments.Campaign;
using PipelineRobustness.Pipeline.Running;
using PipelineRobustness.Pipeline.Verification;

namespace PipelineRobustness.Tests.Experiments;

/// <summary>Cases that the campaign found, minimized. The way cases are drawn may change; these stay.</summary>
public sealed class FoundByCampaignSpecs
{
    /// <summary>The evaluation made after the change was reported, and never corrected.</summary>
    [Theory]
    [InlineData(2)]
    [InlineData(4)]
    public void An_evaluation_of_changed_weights_is_never_reported(long version) => SmallCase.Of("substitute", CopyPlacement.Ring)
        .EndsRight(SmallCase.Corrupt(1, CorruptedPart.Weight, version - 1, CorruptionPattern.NotANumber));

    /// <summary>A moment that changed in memory was taken for a divergence, and ended the run.</summary>
    [Theory]
    [InlineData(CorruptionPattern.NotANumber)]
    [InlineData(CorruptionPattern.Infinite)]
    public void A_moment_that_became_infinite_in_memory_does_not_end_the_run(CorruptionPattern pattern) =>
        SmallCase.Of("substitute", CopyPlacement.Ring).EndsRight(SmallCase.Corrupt(2, CorruptedPart.Moment, 2, pattern));

    /// <summary>The server that noticed that two holders differ dies; the next server took the owner's state unchecked.</summary>
    [Theory]
    [InlineData(1)]
    [InlineData(3)]
    public void A_new_server_trusts_neither_of_two_differing_holders(int stage)
    {
        var lost = new Lose { Target = new(TargetKind.Stage, (stage + 1) % 4), At = new(2, IterationPhase.Committed), Count = 4 };
        var crash = new Crash { Target = new(TargetKind.Server), After = TimeSpan.FromSeconds(1) };
        SmallCase.Of("restart", CopyPlacement.Ring).EndsRight(SmallCase.Corrupt(stage, CorruptedPart.Moment, 1), lost, crash);
    }

    /// <summary>What a stage had listed for the hearing of a pass came late, in that of the step, and convicted it of showing nothing else.</summary>
    [Fact]
    public void A_list_that_comes_late_convicts_no_stage()
    {
        var one = SmallCase.Of("referee", CopyPlacement.Ring);
        var audited = one with { Plan = one.Plan with { Defence = one.Plan.Defence with { Audit = new AuditSettings { Share = 1, Steps = 1 } } } };
        for (var stage = 0; stage < 4; stage++)
        {
            audited.EndsRight(new Reorder
            {
                Target = new(TargetKind.Stage, stage),
                At = new(1, IterationPhase.Hearing),
                Count = 20,
                Lasts = TimeSpan.FromSeconds(3),
            });
        }
    }

    /// <summary>
    /// What colluders had committed was evaluated. When they were convicted all went back, and the evaluation was not made again. Half of the steps
    /// are audited, and their lie is not drawn at first.
    /// </summary>
    [Fact]
    public void An_iteration_worked_again_without_a_lie_is_evaluated_again()
    {
        var one = SmallCase.Of("referee", CopyPlacement.Ring);
        var draw = new AuditLots(one.Plan with { Defence = Audited(0.5) });
        var block = Enumerable.Range(0, 4).First(block => !draw.HasStep(1, 0, block) && (draw.HasStep(2, 0, block) || draw.HasStep(3, 0, block)));
        var end = (one with
        {
            Plan = one.Plan with { Defence = Audited(0.5) },
            Liars = [new NoStep { With = Cover.Next, Stage = [$"{block}"], From = 1 }],
            Nodes = 8,
        }).EndsRight();
        Assert.Equal(2, end.Transcript.Count(line => line.Contains("evaluated after 2", StringComparison.Ordinal)));

        static DefenceSettings Audited(double steps) =>
            new() { Remedy = "referee", Copies = CopyPlacement.Ring, Audit = new AuditSettings { Steps = steps } };
    }

    /// <summary>A stage that began before it knew where the others are sent a tensor to no actor, which leaked it.</summary>
    [Fact]
    public void A_pass_begins_only_after_every_stage_knows_the_placement()
    {
        var turned = new Reorder
        {
            Target = new(TargetKind.Server),
            At = new(0),
            Count = 12,
            Lasts = TimeSpan.FromSeconds(2),
        };
        var thrown = new OutOfMemory { Target = new(TargetKind.Stage, 1), At = new(0, IterationPhase.Prepared) };
        var end = SmallCase.Of("off", CopyPlacement.None, stages: 2).EndsRight(turned, thrown);
        Assert.DoesNotContain(end.Transcript, line => line.Contains(nameof(IndexOutOfRangeException), StringComparison.Ordinal));
    }
}
