using System.Text.RegularExpressions;
using PipelineRobustness.Adversity.Failures;
using PipelineRobustness.Adversity.Failures.Kinds;
using PipelineRobustness.Adversity.Liars;
using PipelineRobustness.Experiments.Campaign;
using PipelineRobustness.Pipeline.Verification;

namespace PipelineRobustness.Tests.Experiments;

/// <summary>Written cases with a referee: who is quarantined, and on which seat a stage lies.</summary>
public sealed partial class RefereedCaseSpecs
{
    [Fact]
    public void A_quarantined_machine_leaves()
    {
        var run = CaseRun.Of(Refereed(1, 5, new FalseClaim { Stage = ["1"], From = 1 }), checkpoints: "");
        Assert.Equal("node-2", Assert.Single(run.Truth!.Quarantined).Machine);
        Assert.Equal(["node-1", "node-3", "node-4", "node-5"], run.Truth.Present);
    }

    /// <summary>A seat counts convictions, wherever the stage is: rulings are the same on any number of machines.</summary>
    [Fact]
    public void A_convicted_stage_that_may_stay_has_the_next_seat()
    {
        Liar[] liars = [new FalseClaim { Stage = ["1"], From = 1 }, new FalseSum { Stage = ["2"], From = 1 }, new Frame { Stage = ["1"], Seat = 1 }];
        var expected = Array.Empty<string>();
        foreach (var nodes in (int[])[1, 2, 4, 6])
        {
            string[] convicted = [.. Refereed(2, nodes, liars).EndsRight().Transcript.Select(Convicted).OfType<string>()];
            if (nodes == 1) expected = convicted;
            Assert.Equal(3, convicted.Length);
            Assert.Equal(expected, convicted);
        }
    }

    /// <summary>The machine of the accused, of the other holder, and the server's.</summary>
    [Theory, InlineData(1), InlineData(2), InlineData(null)]
    public void A_crash_in_a_hearing_leads_to_the_same_ruling(int? stage)
    {
        var crash = new Crash { Target = stage is { } one ? new(TargetKind.Stage, one) : new(TargetKind.Server), At = new(1, IterationPhase.Hearing) };
        var end = Refereed(1, 6, new FalseClaim { Stage = ["1"], From = 1 }).EndsRight(crash);
        Assert.Equal("iteration 1, attempt 0: stage 1 is convicted of a forward", Assert.Single(end.Transcript.Select(Convicted).OfType<string>()));
    }

    private static CampaignCase Refereed(int quarantineAfter, int nodes, params Liar[] liars)
    {
        var one = SmallCase.Of("referee", CopyPlacement.Ring);
        return one with
        {
            Plan = one.Plan with { Defence = one.Plan.Defence with { QuarantineAfter = quarantineAfter } },
            Liars = liars,
            Nodes = nodes,
            Scenario = Scenario.Quiet,
        };
    }

    private static string? Convicted(string line) =>
        Ruling().Match(line) is { Success: true } match ? $"{match.Groups[1]} {match.Groups[2]}" : null;

    [GeneratedRegex(@"(iteration \d+, attempt \d+: stage \d+) on \S+ (is convicted of a \w+)")]
    private static partial Regex Ruling();
}
