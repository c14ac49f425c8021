using System.Collections.Immutable;
using PipelineRobustness.Adversity.Failures;
using PipelineRobustness.Adversity.Failures.Kinds;
using PipelineRobustness.Pipeline.Running;
using PipelineRobustness.Pipeline.Verification;

namespace PipelineRobustness.Experiments.Campaign;

/// <content>What goes wrong.</content>
public sealed partial class CampaignDraw
{
    private const string For = "for", Count = "count", Part = "part", WakesUp = "wakes-up";

    private static readonly TimeSpan LongerThanAnyRun = TimeSpan.FromHours(12);

    // Whether only the corruptions that are rare in the field are drawn.
    private bool _onlyRare;

    private ImmutableArray<Failure> Failures(RunPlan plan, bool staysDead)
    {
        var allowed = _rules.Kinds.Where(kind => Below(2) == 0
            && (!ChangesValues(kind) || IsCovered(plan)) && (!kind.Prototype.IsArrival || !staysDead)).ToArray();
        if (allowed.Length == 0) return [];
        // Few cases allow corruption, so it is drawn more often in those that do.
        if (allowed.FirstOrDefault(ChangesValues) is { } corruption)
        {
            allowed = [.. allowed, corruption, corruption];
            _onlyRare = Below(10) == 0;
        }

        // Some cases inject all failures close together: otherwise one rarely falls into another's recovery, or precedes its detection.
        var first = Below(3) == 0 ? Below((int)plan.Iterations) : (int?)null;
        return
        [
            .. Enumerable.Range(0, Below(_rules.FailuresMost + 1))
                .Select(_ => Failure(allowed[Below(allowed.Length)], plan, first + Below(2) ?? Below((int)plan.Iterations)))
                .Select(failure => staysDead ? failure.WithoutReturn(new DetectionTimes().Silence, LongerThanAnyRun) : failure),
        ];
    }

    private static bool ChangesValues(FailureKind kind) => kind.Prototype is IValueFailure;

    // A changed value is noticed only where every block has a copy and is checked against it.
    private static bool IsCovered(RunPlan plan) => plan.Copies == CopyPlacement.Ring && plan.Defence.Checks;

    // All numbers are drawn for every kind; each kind uses those that it has an option for.
    private Failure Failure(FailureKind kind, RunPlan plan, int iteration)
    {
        var (ofStage, has) = (kind.Prototype.Targets == TargetSyntax.Stage, kind.Options.ToDictionary(option => option.Name));
        var holdsMessages = has.ContainsKey(For) && has.ContainsKey(Count);
        var needsSeveral = has.GetValueOrDefault(Count) is { IsRequired: true };

        var part = Words.Of(Pick(Enum.GetValues<CorruptedPart>()));
        var timed = !ofStage && Below(3) == 0;
        var target = Target(kind, plan.Stages, timed, ofStage);
        var at = timed ? null : Instant(plan, iteration, Phase(kind, part, target));
        TimeSpan? after = timed ? TimeSpan.FromSeconds(1 + Below(30)) : null;
        var options = new Dictionary<string, object>
        {
            [Part] = part,
            // Half of the lasting failures end before a machine is given up.
            [For] = TimeSpan.FromSeconds(1 + Below(holdsMessages || Below(2) == 0 ? 5 : 40)),
            ["factor"] = (double)(2 + Below(9)),
            // A server may lose more messages than a state query and its answers; for a node, retries could not compensate for that.
            [Count] = 1 + Below(needsSeveral || (target.IsServer && Below(3) == 0) ? 40 : 4),
            ["pattern"] = Words.Of(_onlyRare ? Pick(CorruptionPattern.NotANumber, CorruptionPattern.Infinite) : Pattern(Below(200))),
        };
        if (has.ContainsKey(WakesUp)) options[WakesUp] = Below(3) == 0;
        return kind.Create(options) with { Target = target, At = at, After = after };
    }

    private Instant Instant(RunPlan plan, int iteration, IterationPhase phase)
    {
        int? microBatch = Below(2) == 0 ? Below(plan.MicroBatches) : null;
        return new Instant(iteration, phase, phase is IterationPhase.Forward or IterationPhase.Backward ? microBatch : null);
    }

    private IterationPhase Phase(FailureKind kind, string part, Target target)
    {
        if (kind.Create(new Dictionary<string, object> { [Part] = part }).OnlyPhase is var (only, _)) return only;
        if (kind.Prototype.NeedsInstant) return Pick(IterationPhase.Forward, IterationPhase.Backward, IterationPhase.Prepared);
        // A server failure does most damage around a commit.
        return target.IsServer && Below(2) == 0 ? IterationPhase.Prepared
            : Pick(IterationPhase.Forward, IterationPhase.Backward, IterationPhase.Prepared, IterationPhase.Committed);
    }

    // As field studies see it: single bits in fewer than 40 of 100 cases, not-a-number or infinity in one, otherwise several
    // neighbouring bits.
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
        if (kind.Prototype.Targets == TargetSyntax.NodeOrServer && Below(3) == 0) return new Target(TargetKind.Server);
        return ofStage || (!timed && Below(2) == 0) ? new Target(TargetKind.Stage, Below(stages)) : new Target(TargetKind.AnyNode);
    }
}
