using System.Collections.Immutable;
using System.Globalization;
using PipelineRobustness.Adversity.Attacks;
using PipelineRobustness.Adversity.Failures;
using PipelineRobustness.Adversity.Liars;
using PipelineRobustness.Models.Randomness;
using PipelineRobustness.Pipeline.Ports;
using PipelineRobustness.Pipeline.Running;
using PipelineRobustness.Pipeline.Verification;

namespace PipelineRobustness.Experiments.Campaign;

/// <content>A referee, liars, and the attacks that a referee convicts stages of.</content>
public sealed partial class CampaignDraw
{
    // Every kind of lie but collude, which two holders of a block tell alike: that is not noticed, by design.
    private static readonly Liar[] Liars =
    [
        new Equivocate(), new Equivocate { Over = Connection.Jump }, new Equivocate { Act = Act.Backward }, new Equivocate { Act = Act.Sum },
        new Deny(), new Deny { Over = Connection.Jump }, new Deny { Act = Act.Backward }, new Deny { Act = Act.Sum },
        new Frame(), new Frame { Act = Act.Backward }, new Frame { Act = Act.Sum }, new Frame { Act = Act.Step },
        new FalseClaim(), new FalseClaim { Act = Act.Backward }, new FalseClaim { Act = Act.Sum },
        new FalseSum(), new FalseNorm(), new FalseLoss(), new NoStep(), new Ascent(), new FalseDigest(),
        new FalseState(), new FalseState { End = TransferEnd.Receiver }, new Hide(), new Hide { Shows = Shown.Nothing },
    ];

    // A false accusation is no attack where no stage accuses: frame takes its place.
    internal static ImmutableArray<Attack> Refereed { get; } =
    [
        .. Enum.GetValues<Direction>().SelectMany(AttackCatalog.Drawn).Distinct().Select(AttackCatalog.Create).Where(attack => !attack.Accuses),
    ];

    // Draws for a referee have keys of their own, so that all that was drawn before there was one is as it was.
    private long _drawnForReferee;

    // One in three of the cases that can have a referee has one, in place of the remedy and the attacks that were drawn.
    private CampaignCase WithReferee(CampaignCase one)
    {
        if (one.Plan.Stages < 3 || BelowForReferee(3) > 0) return one;
        var liars = LiarsOf(one);
        // Convicted machines get no stage any more.
        var nodes = one.Nodes > 1 ? one.Nodes + BelowForReferee(3) : 1;
        liars = [.. liars, .. OfLaterSeats(one, liars)];
        Attack[] attacks = BelowForReferee(2) == 0 ? [] : [.. RefereedAttack(one, Direction.Forward), .. RefereedAttack(one, Direction.Backward)];
        var quarantineAfter = BelowForReferee(3) == 0 ? 2 + BelowForReferee(2) : 1;
        if (attacks.Length > 0 && nodes > 1) nodes += BelowForReferee(3);
        Failure[] failures = [.. one.Scenario.Failures.Select(failure => InHearing(failure, liars))];
        liars = [.. liars, .. OfNeighbours(one, liars)];
        return one with
        {
            Plan = one.Plan with
            {
                Defence = new DefenceSettings
                {
                    Remedy = "referee",
                    Copies = CopyPlacement.Ring,
                    QuarantineAfter = quarantineAfter,
                },
                Training = one.Plan.Training with { StopWhenNotFinite = liars.Count + attacks.Length == 0 },
            },
            Attacks = attacks,
            Liars = liars,
            Nodes = nodes,
            Scenario = one.Scenario with { Failures = failures },
        };
    }

    // Of one in three stages that lie a neighbour gives its successor a false state: a second liar, in the recovery that follows a conviction.
    private IEnumerable<Liar> OfNeighbours(CampaignCase one, IReadOnlyList<Liar> liars)
    {
        if (liars.Count(liar => liar.Seat == 0) != 1 || StageWord.Stage(liars[0].Stage[0], one.Plan.Stages) is not { } stage) yield break;
        if (BelowForReferee(3) > 0) yield break;
        var neighbour = (stage + (BelowForReferee(2) == 0 ? 1 : one.Plan.Stages - 1)) % one.Plan.Stages;
        yield return new FalseState { Stage = [$"{neighbour}"] };
    }

    // Half of what would happen to a stage behind its micro-batches happens in a hearing, if there is one then; of these half where a stage lies.
    private Failure InHearing(Failure failure, IReadOnlyList<Liar> liars)
    {
        if (failure.At is not { Phase: IterationPhase.Prepared or IterationPhase.Committed } at || failure.OnlyPhase is not null) return failure;
        if (liars.Count == 0 || BelowForReferee(2) == 0) return failure;
        return failure with { At = new Instant(BelowForReferee(2) == 0 ? at.Iteration : liars[0].From, IterationPhase.Hearing) };
    }

    // Of two in three of the stages that lie the next seat lies as well, alike or in another way.
    private IEnumerable<Liar> OfLaterSeats(CampaignCase one, IReadOnlyList<Liar> liars)
    {
        if (liars.Count == 0 || BelowForReferee(3) == 0) yield break;
        var (first, other) = (liars[0], Lie(one));
        var later = BelowForReferee(2) > 0 && first.Stage.All(word => IsPossible(other, word)) ? other with { Stage = first.Stage } : first;
        yield return later with { Seat = 1, From = 0 };

        bool IsPossible(Liar liar, string word) =>
            StageWord.Stage(word, one.Plan.Stages) is not { } stage || liar.IsPossible(stage, one.Plan.Stages);
    }

    // In two of three cases by a middle stage that is drawn, else by any that sends something.
    private IEnumerable<Attack> RefereedAttack(CampaignCase one, Direction direction)
    {
        if (BelowForReferee(3) == 0) yield break;
        var first = direction == Direction.Forward ? 0 : 1;
        yield return Refereed[BelowForReferee(Refereed.Length)] with
        {
            Direction = direction,
            Rate = new[] { 0.2, 0.5, 1 }[BelowForReferee(3)],
            Stage = BelowForReferee(3) > 0 ? null : first + BelowForReferee(one.Plan.Stages - 1),
        };
    }

    // None, one, or two that lie each by itself: of two kinds, or alike at two stages. Half of them are neighbours.
    private IReadOnlyList<Liar> LiarsOf(CampaignCase one)
    {
        var number = BelowForReferee(6);
        if (number == 0) return [];
        var (first, stages) = (Lie(one), one.Plan.Stages);
        if (number < 3) return [first];
        var second = BelowForReferee(4) == 0 ? first : Lie(one);
        var stage = BelowForReferee(2) == 0 && int.TryParse(first.Stage[0], CultureInfo.InvariantCulture, out var drawn)
            ? (drawn + 1) % stages : BelowForReferee(stages);
        if (second.Kind == first.Kind) second = first;
        if (!second.IsPossible(stage, stages)) return [first];
        // In the order in which a stage that is both tells all that each of them would tell.
        if (second.Kind != first.Kind) return [.. ((Liar[])[first, second with { Stage = [$"{stage}"] }]).OrderBy(liar => liar.Kind, StringComparer.Ordinal)];
        return first.Stage[0] == StageWord.Any || first.Stage[0] == $"{stage}" ? [first] : [first with { Stage = [first.Stage[0], $"{stage}"] }];
    }

    private Liar Lie(CampaignCase one)
    {
        var (liar, stages) = (Liars[BelowForReferee(Liars.Length)], one.Plan.Stages);
        int[] able = [.. Enumerable.Range(0, stages).Where(stage => liar.IsPossible(stage, stages))];
        return liar with
        {
            Rate = new[] { 0.3, 0.6, 1, 1 }[BelowForReferee(4)],
            From = From(one),
            Stage = [BelowForReferee(4) == 0 ? StageWord.Any : $"{able[BelowForReferee(able.Length)]}"],
        };
    }

    // Two in three begin where a server fails or, without that, where anything does, or in the iteration before.
    private long From(CampaignCase one)
    {
        var timed = one.Scenario.Failures.Where(failure => failure.At is not null)
            .ToLookup(failure => failure.Target.IsServer, failure => failure.At!.Iteration);
        long[] instants = [.. timed[true].Any() ? timed[true] : timed[false]];
        return instants.Length > 0 && BelowForReferee(3) > 0
            ? Math.Max(0, instants[BelowForReferee(instants.Length)] - BelowForReferee(2))
            : BelowForReferee((int)one.Plan.Iterations);
    }

    private int BelowForReferee(int bound) => SeededRandom.Below(SeededRandom.Key(_seed, "campaign-referee", _drawnForReferee++), bound);
}
