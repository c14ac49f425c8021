using PipelineRobustness.Adversity.Attacks;
using PipelineRobustness.Adversity.Failures;
using PipelineRobustness.Adversity.Network;
using PipelineRobustness.Models.Randomness;
using PipelineRobustness.Models.Training;
using PipelineRobustness.Pipeline.Ports;
using PipelineRobustness.Pipeline.Remedies;
using PipelineRobustness.Pipeline.Running;
using PipelineRobustness.Pipeline.Simulation;
using PipelineRobustness.Pipeline.Verification;

namespace PipelineRobustness.Experiments.Campaign;

/// <summary>
/// Draws a case of a campaign from its seed. Every kind of failure is left out of some cases (swarm testing, Groce et al. 2012), so
/// that none hides another.
/// </summary>
public sealed partial class CampaignDraw
{
    // All remedies that promise something about the weights; the skipping ones change the weights by design.
    private static readonly IRemedy[] Remedies = [new Off(), new Substitute(), new Substitute(), new Restart()];

    private readonly ulong _seed;
    private readonly CampaignRules _rules;

    // Each draw has a key of its own.
    private long _drawn;

    private CampaignDraw(ulong seed, CampaignRules rules) => (_seed, _rules) = (seed, rules);

    /// <summary>The case of a seed.</summary>
    public static CampaignCase Of(ulong seed) => Of(seed, new CampaignRules());

    /// <summary>The case of a seed, limited to what may be drawn.</summary>
    public static CampaignCase Of(ulong seed, CampaignRules rules)
    {
        ArgumentNullException.ThrowIfNull(rules);
        var draw = new CampaignDraw(seed, rules);
        return new DetectionDraw(seed).AddTo(draw.WithReferee(draw.Draw()));
    }

    private CampaignCase Draw()
    {
        var stages = 2 + Below(4);
        var remedy = stages < 3 ? Remedies[0] : Pick(Remedies);
        var copies = stages < 3 ? CopyPlacement.None
            : !remedy.Compares ? Pick(CopyPlacement.None, CopyPlacement.Middle, CopyPlacement.Ring)
            : Pick(CopyPlacement.Middle, CopyPlacement.Ring, CopyPlacement.Ring);
        var iterations = 3 + Below(4);
        var nodes = 1 + Below(stages + 1);
        var plan = new RunPlan
        {
            Name = "campaign",
            Seed = _seed,
            Model = CampaignCase.Tiny(stages + Below(2)),
            Pipeline = new PipelineSettings { Stages = stages, WaitReport = TimeSpan.FromSeconds(10) },
            Training = new TrainingSettings
            {
                MicroBatches = 1 + Below(3),
                MicroBatchSize = 1,
                SequenceLength = CampaignCase.SequenceLength,
                Recompute = Below(4) == 0,
                Iterations = iterations,
                ClipNorm = 0.5,
            },
            LearningRate = new LinearSchedule(1e-2, 1, iterations + 1),
            Defence = new DefenceSettings { Remedy = remedy.Name, Copies = copies },
            Checkpoint = new CheckpointSettings { Every = Below(3), Within = TimeSpan.Zero },
            Evaluation = new EvaluationSettings { Every = Below(3) },
            Recovery = new RecoverySettings
            {
                RetryAfter = TimeSpan.FromSeconds(20),
                StateTimeout = TimeSpan.FromSeconds(10),
                RoomTimeout = TimeSpan.FromSeconds(60),
            },
            LosesMessages = true,
        };
        // Dead machines are not replaced: none joins, and none that was given up returns.
        var staysDead = Below(5) == 0;
        Attack[] attacks = [.. Attack(remedy, Direction.Forward), .. Attack(remedy, Direction.Backward)];
        return new CampaignCase
        {
            Seed = _seed,
            // As `auto` does: an attack may have values that are not finite.
            Plan = plan with { Training = plan.Training with { StopWhenNotFinite = attacks.Length == 0 } },
            Attacks = [.. attacks],
            Nodes = nodes,
            Room = staysDead || Below(4) == 0 ? (stages + nodes - 1) / nodes : stages,
            Interleaving = Pick(Interleaving.AnyOrder, Interleaving.Priorities),
            Network = NetworkPlan.Presets[Below(NetworkPlan.Presets.Count)],
            Scenario = new Scenario("drawn", Failures(plan, staysDead)),
        };
    }

    private IEnumerable<Attack> Attack(IRemedy remedy, Direction direction)
    {
        if (!remedy.Compares || Below(3) == 0) yield break;
        var attack = AttackCatalog.Create(Pick([.. AttackCatalog.Drawn(direction)]));
        yield return attack with { Direction = direction, Rate = remedy.JudgesBetweenPasses ? Pick(0.2, 0.5) : Pick(0.4, 0.8) };
    }

    private int Below(int bound) => SeededRandom.Below(SeededRandom.Key(_seed, "campaign", _drawn++), bound);

    private T Pick<T>(params T[] choices) => choices[Below(choices.Length)];
}
