using System.Collections.Immutable;
using PipelineRobustness.Adversity;
using PipelineRobustness.Adversity.Failures;
using PipelineRobustness.Pipeline.Running;
using PipelineRobustness.Pipeline.Verification;

namespace PipelineRobustness.Experiments.Campaign;

/// <content>What goes wrong.</content>
public sealed partial class CampaignDraw
{
    private static readonly TimeSpan ForGood = TimeSpan.FromHours(12);
    private bool _onlyRare;

    private ImmutableArray<Failure> Failures(RunPlan plan, bool staysDead)
    {
        var allowed = _rules.Kinds.Where(kind =>
            Below(2) == 0 && (kind != FailureKind.Corrupt || IsCovered(plan)) && (kind != FailureKind.Join || !staysDead)).ToArray();
        if (allowed.Length == 0) return [];
        // What changes by itself can strike in few cases, so it does so more often there.
        if (allowed.Contains(FailureKind.Corrupt)) allowed = [.. allowed, FailureKind.Corrupt, FailureKind.Corrupt];
        _onlyRare = allowed.Contains(FailureKind.Corrupt) && Below(10) == 0;
        // In some cases all comes at once: a failure while another is recovered, or not yet found out, is rare otherwise.
        var first = Below(3) == 0 ? Below((int)plan.Iterations) : (int?)null;
        return
        [
            .. Enumerable.Range(0, Below(_rules.FailuresMost + 1))
                .Select(_ => Failure(allowed[Below(allowed.Length)], plan, first + Below(2) ?? Below((int)plan.Iterations)))
                .Select(failure => staysDead && IsGivenUp(failure) ? failure with { Lasts = ForGood } : failure),
        ];
    }

    private static bool IsGivenUp(Failure failure) => failure.Kind == FailureKind.Partition
        || (failure is { Kind: FailureKind.Pause, Target.Kind: not TargetKind.Server } && failure.Lasts > new DetectionTimes().Silence);

    // Whatever changes is found out only where every block has a copy and is checked by it.
    private static bool IsCovered(RunPlan plan) => plan.Copies == CopyPlacement.Ring && plan.Defence.Remedy != Off;

    private Failure Failure(FailureKind kind, RunPlan plan, int iteration)
    {
        var part = Pick(Enum.GetValues<CorruptedPart>());
        var ofStage = kind is FailureKind.Corrupt or FailureKind.Hang or FailureKind.Slow or FailureKind.OutOfMemory;
        var timed = !ofStage && Below(3) == 0;
        var target = Target(kind, plan.Stages, timed, ofStage);
        return new Failure
        {
            Kind = kind,
            Target = target,
            At = timed ? null : Instant(plan, iteration, Phase(kind, part, target)),
            After = timed ? TimeSpan.FromSeconds(1 + Below(30)) : null,
            // Half of what lasts is over before the others give anybody up.
            Lasts = TimeSpan.FromSeconds(1 + Below(kind is FailureKind.Delay or FailureKind.Reorder || Below(2) == 0 ? 5 : 40)),
            Factor = 2 + Below(9),
            // Of a server more than a call of the roll and its answers, in some cases; of a node that is more than replays make good.
            Count = 1 + Below(kind == FailureKind.Reorder || (target.Kind == TargetKind.Server && Below(3) == 0) ? 40 : 4),
            Part = part,
            Pattern = _onlyRare ? Pick(CorruptionPattern.NotANumber, CorruptionPattern.Infinite) : Pattern(Below(200)),
            WakesUp = kind == FailureKind.Crash && Below(3) == 0,
        };
    }

    private Instant Instant(RunPlan plan, int iteration, Phase phase)
    {
        int? microBatch = Below(2) == 0 ? Below(plan.MicroBatches) : null;
        return new Instant(iteration, phase, phase is Adversity.Phase.Forward or Adversity.Phase.Backward ? microBatch : null);
    }

    // When a value can change follows from what it is.
    private Phase Phase(FailureKind kind, CorruptedPart part, Target target) => kind switch
    {
        FailureKind.Corrupt when part == CorruptedPart.Activation => Adversity.Phase.Forward,
        FailureKind.Corrupt when part == CorruptedPart.Gradient => Adversity.Phase.Backward,
        FailureKind.Corrupt => Adversity.Phase.Committed,
        FailureKind.Hang or FailureKind.OutOfMemory => Pick(Adversity.Phase.Forward, Adversity.Phase.Backward, Adversity.Phase.Prepared),
        // Around a commit a server has most to lose.
        _ when target.Kind == TargetKind.Server && Below(2) == 0 => Adversity.Phase.Prepared,
        _ => Pick(Enum.GetValues<Phase>()),
    };

    // Where not only what is rare is drawn, as field studies see it: single bits in less than 40 of 100 cases, no number or an
    // infinite one in one, else several neighbours.
    private static CorruptionPattern Pattern(int of200) => of200 switch
    {
        < 1 => CorruptionPattern.NotANumber,
        < 2 => CorruptionPattern.Infinite,
        < 78 => CorruptionPattern.OneBit,
        < 139 => CorruptionPattern.SeveralBits,
        _ => CorruptionPattern.Row,
    };

    private Target Target(FailureKind kind, int stages, bool timed, bool ofStage)
    {
        var ofServer = kind is FailureKind.Crash or FailureKind.Pause or FailureKind.Lose or FailureKind.Duplicate or FailureKind.Delay
            or FailureKind.Reorder or FailureKind.Partition;
        if (ofServer && Below(3) == 0) return new Target(TargetKind.Server);
        return ofStage || (!timed && Below(2) == 0) ? new Target(TargetKind.Stage, Below(stages)) : new Target(TargetKind.AnyNode);
    }
}
