using System.Collections.Immutable;
using PipelineRobustness.Adversity;
using PipelineRobustness.Models;
using PipelineRobustness.Pipeline;

namespace PipelineRobustness.Experiments;

/// <summary>
/// Draws a case of a campaign from its seed. Every kind of trouble is off in some cases (swarm testing, Groce et al. 2012), so
/// that none hides another.
/// </summary>
public sealed class CampaignDraw
{
    private const int FailuresMost = 5;

    private static readonly FailureKind[] Kinds = Enum.GetValues<FailureKind>();

    private readonly ulong _seed;
    private long _drawn;

    private CampaignDraw(ulong seed) => _seed = seed;

    /// <summary>The case of a seed.</summary>
    public static CampaignCase Of(ulong seed) => new CampaignDraw(seed).Draw();

    private CampaignCase Draw()
    {
        var stages = 2 + Below(4);
        var remedy = stages < 3 ? "off" : Pick("off", "takeover", "takeover", "restart");
        var copies = stages < 3 ? CopyPlacement.None
            : remedy == "off" ? Pick(CopyPlacement.None, CopyPlacement.Middle, CopyPlacement.Ring)
            : Pick(CopyPlacement.Middle, CopyPlacement.Ring, CopyPlacement.Ring);
        var iterations = 3 + Below(4);
        var nodes = 1 + Below(stages + 1);
        var plan = new RunPlan
        {
            Name = "campaign",
            Seed = _seed,
            Model = CampaignCase.Tiny(stages + Below(2)),
            Stages = stages,
            MicroBatches = 1 + Below(3),
            MicroBatchSize = 1,
            SequenceLength = CampaignCase.SequenceLength,
            Recompute = Below(4) == 0,
            Iterations = iterations,
            Optimizer = new AdamWSettings(0.9, 0.999, 1e-8, 0.01),
            Schedule = new LinearSchedule(1e-2, 1, iterations + 1),
            Clip = 0.5,
            Remedy = remedy,
            Copies = copies,
            CheckpointEvery = Below(3),
            EvaluateEvery = Below(3),
            WaitReport = TimeSpan.FromSeconds(10),
            ReplayAfter = TimeSpan.FromSeconds(20),
            RollTimeout = TimeSpan.FromSeconds(10),
            RoomTimeout = TimeSpan.FromSeconds(60),
        };
        return new CampaignCase
        {
            Seed = _seed,
            Plan = plan,
            Attacks = remedy != "off" && Below(2) == 0 ? [new AttackPlan("sign-flip", Pick(0.2, 0.5))] : [],
            Nodes = nodes,
            Room = Below(4) == 0 ? (stages + nodes - 1) / nodes : stages,
            Interleaving = Pick(Interleaving.AnyOrder, Interleaving.Priorities),
            Network = NetworkPlan.Presets[Below(NetworkPlan.Presets.Count)],
            Scenario = new Scenario("drawn", Failures(plan)),
        };
    }

    private ImmutableArray<Failure> Failures(RunPlan plan)
    {
        var allowed = Kinds.Where(kind => Below(2) == 0 && (kind != FailureKind.Corrupt || IsCovered(plan))).ToArray();
        if (allowed.Length == 0) return [];
        return [.. Enumerable.Range(0, Below(FailuresMost + 1)).Select(_ => Failure(allowed[Below(allowed.Length)], plan))];
    }

    // Whatever changes is found out only where every block has a copy and is checked by it.
    private static bool IsCovered(RunPlan plan) => plan.Copies == CopyPlacement.Ring && plan.Remedy != "off";

    private Failure Failure(FailureKind kind, RunPlan plan)
    {
        var part = Pick(Enum.GetValues<CorruptedPart>());
        var instant = new Instant(Below((int)plan.Iterations), Pick(Enum.GetValues<Phase>()));
        if (kind == FailureKind.Corrupt)
        {
            // When it strikes follows from what it changes.
            instant = instant with
            {
                Phase = part switch
                {
                    CorruptedPart.Activation => Phase.Forward,
                    CorruptedPart.Gradient => Phase.Backward,
                    _ => Phase.Committed,
                },
            };
        }
        else if (kind is FailureKind.Hang or FailureKind.OutOfMemory)
        {
            instant = instant with { Phase = Pick(Phase.Forward, Phase.Backward, Phase.Prepared) };
        }

        var timed = kind is not (FailureKind.Corrupt or FailureKind.Hang or FailureKind.Slow or FailureKind.OutOfMemory) && Below(3) == 0;
        return new Failure
        {
            Kind = kind,
            Target = Target(kind, plan.Stages, timed),
            At = timed ? null : instant,
            After = timed ? TimeSpan.FromSeconds(1 + Below(30)) : null,
            Lasts = TimeSpan.FromSeconds(kind == FailureKind.Delay ? 1 + Below(5) : 1 + Below(40)),
            Factor = 2 + Below(9),
            Count = 1 + Below(4),
            Part = part,
            Pattern = Pick(Enum.GetValues<CorruptionPattern>()),
            WakesUp = kind == FailureKind.Crash && Below(3) == 0,
        };
    }

    private Target Target(FailureKind kind, int stages, bool timed) => kind switch
    {
        FailureKind.Crash when Below(3) == 0 => new Target(TargetKind.Server),
        FailureKind.Corrupt or FailureKind.Hang or FailureKind.Slow or FailureKind.OutOfMemory => new Target(TargetKind.Stage, Below(stages)),
        _ when timed || Below(2) == 0 => new Target(TargetKind.AnyNode),
        _ => new Target(TargetKind.Stage, Below(stages)),
    };

    private int Below(int bound) => SeededRandom.Below(SeededRandom.Key(_seed, "campaign", _drawn++), bound);

    private T Pick<T>(params T[] choices) => choices[Below(choices.Length)];
}
