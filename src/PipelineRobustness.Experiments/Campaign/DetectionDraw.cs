using PipelineRobustness.Adversity.Attacks;
using PipelineRobustness.Adversity.Failures;
using PipelineRobustness.Adversity.Liars;
using PipelineRobustness.Models.Randomness;
using PipelineRobustness.Pipeline.Ports;
using PipelineRobustness.Pipeline.Running;
using PipelineRobustness.Pipeline.Verification.Detectors;

namespace PipelineRobustness.Experiments.Campaign;

/// <summary>
/// Draws audits by lot and the lies that only they find, and a detector that needs no copy: behind all that <see cref="CampaignDraw"/> drew before
/// there were any, and with keys of their own.
/// </summary>
/// <param name="seed">The case's seed.</param>
internal sealed class DetectionDraw(ulong seed)
{
    // What two holders of a block tell alike, so that no comparison finds it. A digest is not among them: whether it is found next does not
    // depend on lots alone, but also on who needs the block's state.
    private static readonly Liar[] Colluders =
    [
        new Collude(), new Collude { Act = Act.Backward }, new NoStep { With = Cover.Next }, new Ascent { With = Cover.Next },
        new FalseSum { With = Cover.Next }, new FalseNorm { With = Cover.Next }, new FalseLoss { With = Cover.Next },
    ];

    private static readonly double[] Shares = [0, 0.25, 0.5, 1];

    // Each draw has a key of its own.
    private long _drawn;

    /// <summary>The case with what is drawn in addition.</summary>
    public CampaignCase AddTo(CampaignCase one) => one.Plan.Defence.Rule.IsRefereed ? WithFindings(WithAudits(one)) : WithAverages(one);

    // One in three of the cases with a referee has findings as well, which it hears.
    private CampaignCase WithFindings(CampaignCase one) => Below(3) > 0 ? one : one with
    {
        Plan = one.Plan with { Defence = one.Plan.Defence with { Detector = Averages() } },
    };

    // Half of the cases with a referee have audits; in half of these, colluders lie in place of the liars and the attacks that were drawn.
    private CampaignCase WithAudits(CampaignCase one)
    {
        if (Below(2) > 0) return one;
        var audit = new AuditSettings { Share = Pick(Shares), Steps = Pick(Shares) };
        if (!audit.Any) audit = audit with { Share = 0.5 };
        Failure[] failures = [.. one.Scenario.Failures.Select(InAudit)];
        var audited = one with
        {
            Plan = one.Plan with { Defence = one.Plan.Defence with { Audit = audit } },
            Scenario = one.Scenario with { Failures = failures },
        };
        return Below(2) > 0 ? audited : WithColluders(audited);
    }

    // Both are convicted, and get no stage any more.
    private CampaignCase WithColluders(CampaignCase one)
    {
        var liar = Pick(Colluders) with { Rate = Pick(0.3, 0.6, 1), From = Below((int)one.Plan.Iterations), Stage = [StageWord.Any] };
        if (liar is FalseLoss) liar = liar with { Stage = [$"{one.Plan.Stages - 1}"] };
        else if (Below(4) > 0) liar = liar with { Stage = [$"{AbleStage(liar, one.Plan.Stages)}"] };
        Liar[] later = Below(3) > 0 ? [] : [liar with { Seat = 1, From = 0 }];
        return one with
        {
            Plan = one.Plan with { Training = one.Plan.Training with { StopWhenNotFinite = false } },
            Attacks = [],
            Liars = [liar, .. later],
            Nodes = one.Nodes > 1 ? one.Nodes + 1 + Below(3) : 1,
        };
    }

    private int AbleStage(Liar liar, int stages) => Pick([.. Enumerable.Range(0, stages).Where(stage => liar.IsPossible(stage, stages))]);

    // Half of what would happen to a stage behind its micro-batches happens when it is asked what it worked on.
    private Failure InAudit(Failure failure) =>
        failure.At is { Phase: IterationPhase.Prepared or IterationPhase.Committed } at && failure.OnlyPhase is null && Below(2) == 0
            ? failure with { At = new Instant(at.Iteration, IterationPhase.Hearing) } : failure;

    // Half of the cases in which nothing is compared have a detector that needs no copy, in place of no defence at all. No value changes in
    // memory there: that would be as good as an attack.
    private CampaignCase WithAverages(CampaignCase one)
    {
        if (one.Plan.Defence.Rule.Compares || one.Scenario.Failures.Any(failure => failure is IValueFailure) || Below(2) > 0) return one;
        var restarts = Below(2) == 0;
        Attack[] attacks = one.Plan.Stages < 3 ? [] : [.. UnseenAttack(one, Direction.Forward), .. UnseenAttack(one, Direction.Backward)];
        return one with
        {
            Plan = one.Plan with
            {
                Defence = new DefenceSettings
                {
                    Remedy = restarts ? "restart" : "observe",
                    Copies = one.Plan.Copies,
                    // A false accusation repeats in every attempt.
                    Attempts = restarts ? 2 + Below(3) : 50,
                    Detector = Averages(),
                },
                // Enough values for quartiles within a few iterations.
                Training = one.Plan.Training with { MicroBatches = 3 + Below(2), StopWhenNotFinite = attacks.Length == 0 },
            },
            Attacks = attacks,
        };
    }

    private AveragesDetector Averages() => new()
    {
        WarmUp = Pick(0, 3, 6),
        Window = Pick(4, 8),
        K = Pick(0.2, 1.5),
        InARow = Pick(2, 2, 3),
        Projections = 2,
    };

    private IEnumerable<Attack> UnseenAttack(CampaignCase one, Direction direction)
    {
        if (Below(3) == 0) yield break;
        yield return Pick([.. CampaignDraw.Refereed]) with
        {
            Direction = direction,
            Rate = Pick(0.2, 0.5),
            Stage = Below(2) == 0 ? null : (direction == Direction.Forward ? 0 : 1) + Below(one.Plan.Stages - 1),
        };
    }

    private T Pick<T>(params T[] choices) => choices[Below(choices.Length)];

    private int Below(int bound) => SeededRandom.Below(SeededRandom.Key(seed, "campaign-detection", _drawn++), bound);
}
