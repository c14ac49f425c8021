using System.Globalization;
using PipelineRobustness.Adversity.Failures;
using PipelineRobustness.Models;

namespace PipelineRobustness.Adversity.Liars;

/// <summary>Judges an entry against the pipeline that it lies in.</summary>
public static class LiarCheck
{
    /// <summary>The list that liars are entries of.</summary>
    public const string List = "attack.liars";

    /// <summary>What cannot be in a pipeline of so many stages; null where all can.</summary>
    public static OptionError? FirstWrong(Liar liar, int stages)
    {
        ArgumentNullException.ThrowIfNull(liar);
        if (liar.Rate is not (>= 0 and <= 1)) return new OptionError("rate", "a number from 0 to 1", liar.Rate.ToString(CultureInfo.InvariantCulture));
        if ((OptionError.OfPeriod(liar.From, liar.Until) ?? liar.Contradiction) is { } wrong) return wrong;
        foreach (var word in liar.Stage)
        {
            if (StageWord.Stage(word, stages) is not { } stage || (stage < stages && liar.IsPossible(stage, stages))) continue;
            int[] able = [.. Enumerable.Range(0, stages).Where(one => liar.IsPossible(one, stages))];
            return new OptionError("stage", $"{Shown(able)} (a stage that can do this)", word);
        }

        return liar.Stage.Count == 0 ? new OptionError("stage", "at least one stage", "none") : null;
    }

    /// <summary>Refuses an entry that cannot be.</summary>
    /// <exception cref="BadInputException">It cannot; setting, expected and found are named.</exception>
    internal static void ThrowIfImpossible(Liar liar, int stages)
    {
        if (FirstWrong(liar, stages) is { } wrong) throw new BadInputException($"{List}.{wrong.Option}: expected {wrong.Expected}, found {wrong.Found}");
    }

    // Stages as ranges: 0, 2 to 5.
    private static string Shown(int[] able)
    {
        var ranges = new List<string>();
        for (var first = 0; first < able.Length;)
        {
            var last = first;
            while (last + 1 < able.Length && able[last + 1] == able[last] + 1) last++;
            ranges.Add(last == first ? $"{able[first]}" : $"{able[first]} to {able[last]}");
            first = last + 1;
        }

        return ranges.Count == 0 ? "no stage" : string.Join(" or ", ranges);
    }
}
