using PipelineRobustness.Adversity.Attacks;
using PipelineRobustness.Pipeline.Ports;
using PipelineRobustness.Pipeline.Referee;

namespace PipelineRobustness.Experiments.Runs;

/// <summary>How well a referee's rulings agree with what was done.</summary>
/// <param name="Attacks">Attacks: (iteration, attempt, act, stage), each counted once however many lies it took.</param>
/// <param name="Detected">Of these, those in an attempt of which a ruling convicts the stage.</param>
/// <param name="Averted">Of the others, those in an attempt that was thrown away for another ruling.</param>
/// <param name="Missed">All other attacks: they are part of what was committed.</param>
/// <param name="FalseConvictions">
/// Convictions of a stage that did not attack in that attempt. What a stage gives, or shows at the end, is held against the digest that it
/// reported of its last step: that is then its attack.
/// </param>
/// <param name="Hearings">Hearings that led to a conviction. Where a stage loses its seat by one already, another that finds it guilty does not count.</param>
/// <param name="Relayed">Links that were relayed by the referee, each time counted.</param>
public sealed record ConvictionTally(
    long Attacks, long Detected, long Averted, long Missed, long FalseConvictions, long Hearings, long Relayed)
{
    /// <summary>The same as a comparison would count it: a conviction is a verdict.</summary>
    public VerdictTally AsVerdicts => new(Attacks, Detected, FalseConvictions);

    /// <summary>Holds rulings against the truth.</summary>
    public static ConvictionTally Of(IEnumerable<AttackEvent> attacks, IReadOnlyCollection<Ruling> rulings)
    {
        ArgumentNullException.ThrowIfNull(rulings);
        var truth = attacks.ToHashSet();
        var liars = truth.Select(attack => (attack.Iteration, attack.Attempt, attack.Stage)).ToHashSet();
        var convictions = rulings.Where(ruling => ruling.Convicted is not null).ToList();
        var convicted = convictions.Select(ruling => (ruling.Iteration, ruling.Attempt, ruling.Convicted!.Stage)).ToHashSet();
        var thrownAway = rulings.Where(ruling => ruling.EndsAttempt).Select(ruling => (ruling.Iteration, ruling.Attempt)).ToHashSet();
        var detected = truth.Count(attack => convicted.Contains((attack.Iteration, attack.Attempt, attack.Stage)));
        var averted = truth.Count(attack =>
            !convicted.Contains((attack.Iteration, attack.Attempt, attack.Stage)) && thrownAway.Contains((attack.Iteration, attack.Attempt)));
        return new ConvictionTally(
            truth.Count, detected, averted, truth.Count - detected - averted,
            convictions.Count(ruling => !liars.Contains((ruling.Iteration, ruling.Attempt, ruling.Convicted!.Stage)) && !IsOfStep(ruling)),
            convictions.Where(ruling => ruling.Convicted!.Heard is not null)
                .DistinctBy(ruling => (ruling.Iteration, ruling.Attempt, ruling.Act, ruling.Convicted!.Heard)).Count(),
            rulings.Count(ruling => ruling.Relayed is not null));

        // That of a stage that was convicted of its step was its predecessor's.
        bool IsOfStep(Ruling ruling) => ruling.Act == Act.Transfer && truth.Any(attack =>
            attack.Act == Act.Step && attack.Iteration == ruling.Iteration - 1 && attack.Stage == ruling.Convicted!.Stage
            && !convicted.Contains((attack.Iteration, attack.Attempt, attack.Stage)));
    }
}
