using PipelineRobustness.Adversity.Failures;
using PipelineRobustness.Adversity.Failures.Kinds;
using PipelineRobustness.Adversity.Liars;
using PipelineRobustness.Experiments.Campaign;
using PipelineRobustness.Pipeline.Verification;

namespace PipelineRobustness.Tests.Experiments;

/// <summary>Silence in a hearing is waited for, and convicts no stage. In virtual time: a machine is given up after 6 s of silence.</summary>
public sealed class SilentHearingSpecs
{
    private const int Shorter = 5, Longer = 300;

    // Of block 2: stage 2 lies about it, stage 3 has its copy.
    private static readonly Target Accused = new(TargetKind.Stage, 2), OtherHolder = new(TargetKind.Stage, 3), Server = new(TargetKind.Server);

    private static readonly CampaignCase OneLiar =
        SmallCase.Of("referee", CopyPlacement.Ring) with { Nodes = 7, Room = 1, Liars = [new FalseClaim { Stage = ["2"], From = 1 }] };

    public static TheoryData<Target, int> Silences =>
        [.. from silent in (Target[])[Accused, OtherHolder, Server] from seconds in (int[])[Shorter, Longer] select (silent, seconds)];

    [Theory, MemberData(nameof(Silences))]
    public void A_machine_that_pauses_in_a_hearing_changes_no_ruling(Target silent, int seconds) => ConvictsTheLiarAlone(Silent(silent, seconds));

    /// <summary>No other machine has the block of the last commit.</summary>
    [Theory]
    [InlineData(Shorter)]
    [InlineData(Longer)]
    public void Holders_that_both_pause_in_a_hearing_change_no_ruling(int seconds) =>
        ConvictsTheLiarAlone(Silent(Accused, seconds), Silent(OtherHolder, seconds));

    private static Pause Silent(Target target, int seconds) =>
        new() { Target = target, At = new(1, IterationPhase.Hearing), Lasts = TimeSpan.FromSeconds(seconds) };

    private static void ConvictsTheLiarAlone(params Failure[] failures)
    {
        var end = OneLiar.EndsRight(failures);
        var ruling = Assert.Single(end.Transcript, line => line.Contains(" is convicted of ", StringComparison.Ordinal));
        Assert.Matches("iteration 1, attempt 0: stage 2 on node-[0-9] is convicted of a forward", ruling);
    }
}
