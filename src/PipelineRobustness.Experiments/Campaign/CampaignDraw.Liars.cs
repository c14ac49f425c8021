using System.Globalization;
using PipelineRobustness.Adversity.Liars;
using PipelineRobustness.Models.Randomness;
using PipelineRobustness.Pipeline.Ports;
using PipelineRobustness.Pipeline.Running;
using PipelineRobustness.Pipeline.Verification;

namespace PipelineRobustness.Experiments.Campaign;

/// <content>A referee, and liars.</content>
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

    // Draws for a referee have keys of their own, so that all that was drawn before there was one is as it was.
    private long _drawnForReferee;

    // One in three of the cases that can have a referee has one, in place of the remedy and the attacks that were drawn.
    private CampaignCase WithReferee(CampaignCase one)
    {
        if (one.Plan.Stages < 3 || BelowForReferee(3) > 0) return one;
        var liars = LiarsOf(one);
        return one with
        {
            Plan = one.Plan with
            {
                Defence = new DefenceSettings { Remedy = "referee", Copies = CopyPlacement.Ring },
                Training = one.Plan.Training with { StopWhenNotFinite = liars.Count == 0 },
            },
            Attacks = [],
            Liars = liars,
            // Convicted machines get no stage any more.
            Nodes = one.Nodes > 1 ? one.Nodes + BelowForReferee(3) : 1,
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
