using System.Collections.Immutable;
using PipelineRobustness.Pipeline.Referee;

namespace PipelineRobustness.Benchmarks;

/// <summary>
/// The guarantee, held against passes whose values are names: (a) no honest stage is convicted; (b) a pass is committed with other
/// numbers than an honest one's only if both holders of some block made the same false claim; (c) a pass that is not committed ends
/// with a liar convicted, or with a link relayed that a liar is at an end of, and no link is relayed twice.
/// </summary>
public static class RefereeModel
{
    private static readonly Field[] AllFields = Enum.GetValues<Field>();

    // As often as they are here.
    private static readonly Choice[] Choices =
        [Choice.Lie, Choice.Lie, Choice.Lie, Choice.Claimed, Choice.Claimed, Choice.Truth, Choice.Truth, Choice.OtherLie];

    /// <summary>How many behaviours one stage has, over three choices in each of its fields without a tied matrix: 3^12.</summary>
    private const int BehavioursOfOne = 531_441;

    /// <summary>How many it has in what it adds up, with one: 3^8.</summary>
    private const int BehavioursOfSums = 6_561;

    /// <summary>Tries the behaviours of a single liar, until one violates the guarantee.</summary>
    /// <param name="stages">Stages.</param>
    /// <param name="stage">The liar.</param>
    /// <param name="step">Every how many behaviours one is tried; 1 for all.</param>
    public static NamedTally OfOneLiar(int stages, int stage, int step = 1) =>
        OfOne(new Ring(stages, 1), stage, AllFields[..NamedBehaviour.FieldsUntied], BehavioursOfOne, step);

    /// <summary>The same for what a stage adds up and sends of a tied matrix.</summary>
    public static NamedTally OfOneTiedLiar(int stages, int stage, int step = 1) =>
        OfOne(new Ring(stages, 1, IsTied: true), stage, AllFields[(int)Field.StateSums..], BehavioursOfSums, step);

    /// <summary>A random pass, of 3 to <paramref name="stagesMost"/> stages and any number of liars, with random relays.</summary>
    public static NamedDraw Draw(Random random, int stagesMost = 6)
    {
        ArgumentNullException.ThrowIfNull(random);
        var ring = new Ring(random.Next(3, stagesMost + 1), random.Next(4) == 0 ? 2 : 1, random.Next(2) == 0);
        int[] stages = [.. ring.Blocks];
        random.Shuffle(stages);
        var (first, end) = Theme(random, ring);
        var often = ((double[])[.1, .3, .6])[random.Next(3)];
        var count = random.Next(2) == 0 ? 1 : random.Next(1, ring.Stages + 1);
        var liars = stages.Take(count).ToDictionary(stage => stage, _ => Behaviour(random, ring, AllFields[first..end], often));
        var relays = random.Next(2) * .5;
        return new(ring, liars, [.. ring.Links.Where(_ => random.NextDouble() < relays)]);
    }

    /// <summary>The property that a draw violates under a judge; null for none.</summary>
    public static string? Violation(NamedJudge judge, NamedDraw draw)
    {
        ArgumentNullException.ThrowIfNull(judge);
        ArgumentNullException.ThrowIfNull(draw);
        var pass = new NamedPass(new NamedTruth(draw.Ring), draw.Liars, draw.Relayed);
        return Violation(pass, draw.Relayed, judge.Of(pass));
    }

    /// <summary>The property that a pass and what it came to violate; null for none.</summary>
    public static string? Violation(NamedPass pass, IReadOnlySet<StageLink> relayed, ImmutableArray<NamedOutcome> outcomes)
    {
        ArgumentNullException.ThrowIfNull(pass);
        ArgumentNullException.ThrowIfNull(relayed);
        if (outcomes.IsEmpty) return pass.IsWrong && !pass.IsCovered ? "wrong numbers are committed" : null;
        foreach (var outcome in outcomes)
        {
            if (outcome.Convicted.Any(stage => !pass.Lies(stage))) return "an honest stage is convicted";
            if (outcome.Relayed is not { } link) continue;
            if (!pass.Lies(link.From) && !pass.Lies(link.To)) return "a link between honest stages is relayed";
            if (relayed.Contains(link)) return "a link is relayed twice";
        }

        return outcomes.Any(outcome => !outcome.Convicted.IsEmpty || outcome.Relayed is not null) ? null : "nothing comes of a broken rule";
    }

    private static NamedTally OfOne(Ring ring, int stage, Field[] fields, int count, int step)
    {
        var (truth, judge, tried, committed) = (new NamedTruth(ring), NamedJudge.Of(ring), 0, 0);
        for (var number = 0; number < count; number += step)
        {
            var liar = NamedBehaviour.Of(number, fields);
            var pass = new NamedPass(truth, new Dictionary<int, NamedBehaviour> { [stage] = liar }, ImmutableHashSet<StageLink>.Empty);
            var outcomes = judge.Of(pass);
            var violation = Violation(pass, ImmutableHashSet<StageLink>.Empty, outcomes)
                ?? (outcomes.IsEmpty && pass.IsWrong ? "a single liar's wrong numbers are committed" : null);
            tried++;
            if (outcomes.IsEmpty) committed++;
            if (violation is not null) return new(tried, committed, $"{violation}: {ring}, stage {stage}, behaviour {number}: {liar}");
        }

        return new(tried, committed, null);
    }

    // Lies in one part of a pass are often hidden by lies in an earlier one: of four draws three keep to a part.
    private static (int First, int End) Theme(Random random, Ring ring)
    {
        var last = ring.IsTied ? AllFields.Length : NamedBehaviour.FieldsUntied;
        return random.Next(4) switch
        {
            0 => (0, (int)Field.SendGradient),
            1 => ((int)Field.SendGradient, (int)Field.StateSums),
            2 => ((int)Field.StateSums, last),
            _ => (0, last),
        };
    }

    private static NamedBehaviour Behaviour(Random random, Ring ring, Field[] fields, double often)
    {
        var behaviour = new NamedBehaviour { Hides = random.Next(4) == 0 };
        foreach (var field in fields)
        {
            for (var m = 0; m < (NamedBehaviour.IsOfMicroBatch(field) ? ring.MicroBatches : 1); m++)
            {
                if (random.NextDouble() < often) behaviour[field, m] = Choices[random.Next(Choices.Length)];
            }
        }

        switch (random.Next(3))
        {
            case 0: behaviour.SendAlike(ring.MicroBatches); break;
            case 1: behaviour.StateTruth(ring.MicroBatches); break;
        }

        return behaviour;
    }
}

/// <summary>Behaviours that were tried.</summary>
/// <param name="Tried">How many.</param>
/// <param name="Committed">Of these, how many led to a commit.</param>
/// <param name="Violation">The first that violates the guarantee; null where none does.</param>
public readonly record struct NamedTally(int Tried, int Committed, string? Violation)
{
    /// <summary>Both together.</summary>
    public static NamedTally operator +(NamedTally left, NamedTally right) =>
        new(left.Tried + right.Tried, left.Committed + right.Committed, left.Violation ?? right.Violation);
}

/// <summary>What a pass is worked with.</summary>
/// <param name="Ring">The pipeline.</param>
/// <param name="Liars">The stages that lie.</param>
/// <param name="Relayed">The links that are relayed.</param>
public sealed record NamedDraw(Ring Ring, IReadOnlyDictionary<int, NamedBehaviour> Liars, ImmutableHashSet<StageLink> Relayed)
{
    /// <inheritdoc/>
    public override string ToString() =>
        $"{Ring}: {string.Join("; ", Liars.Select(liar => $"stage {liar.Key} {liar.Value}"))}; relayed {string.Join(", ", Relayed)}";
}
