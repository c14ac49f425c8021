using PipelineRobustness.Adversity.Failures;
using PipelineRobustness.Adversity.Failures.Kinds;
using PipelineRobustness.Adversity.Network;
using PipelineRobustness.Experiments.Campaign;
using PipelineRobustness.Pipeline.Running;
using PipelineRobustness.Pipeline.Verification;

namespace PipelineRobustness.Tests.Experiments;

/// <summary>A case of a campaign that is written, not drawn: four iterations, an evaluation after every second.</summary>
internal static class SmallCase
{
    public static CampaignCase Of(string remedy, CopyPlacement copies, int stages = 4)
    {
        var drawn = CampaignDraw.Of(1);
        var plan = drawn.Plan with
        {
            Pipeline = drawn.Plan.Pipeline with { Stages = stages },
            Model = CampaignCase.Tiny(4),
            Training = drawn.Plan.Training with { Iterations = 4, MicroBatches = 2, StopWhenNotFinite = null },
            Defence = new DefenceSettings { Remedy = remedy, Copies = copies },
            Evaluation = new EvaluationSettings { Every = 2 },
            Checkpoint = new CheckpointSettings { Every = 0 },
        };
        return drawn with { Plan = plan, Attacks = [], Nodes = stages, Room = stages, Network = NetworkPlan.OneRack };
    }

    /// <summary>A value of a stage that changes; a weight or a moment does when the iteration is committed.</summary>
    public static Corrupt Corrupt(int stage, CorruptedPart part, long iteration, CorruptionPattern pattern = CorruptionPattern.SeveralBits) => new()
    {
        Target = new(TargetKind.Stage, stage),
        Part = part,
        Pattern = pattern,
        At = new(iteration, part switch
        {
            CorruptedPart.Activation => IterationPhase.Forward,
            CorruptedPart.Gradient => IterationPhase.Backward,
            _ => IterationPhase.Committed,
        }),
    };

    /// <summary>With these failures, each of which takes effect, it ends correctly.</summary>
    /// <returns>How.</returns>
    public static CaseEnd EndsRight(this CampaignCase one, params Failure[] failures)
    {
        var end = CaseJudge.Judge(one with { Scenario = new Scenario("written", failures) });
        Assert.True(end.Verdict == CaseVerdict.Right && end.Why == "done", $"{end.Verdict}: {end.Why}\n{string.Join('\n', end.Transcript)}");
        Assert.Equal(failures.Length, end.Injected.Count);
        return end;
    }
}
