using PipelineRobustness.Adversity.Failures;
using PipelineRobustness.Adversity.Failures.Kinds;
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
