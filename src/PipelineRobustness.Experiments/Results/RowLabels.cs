using System.Globalization;
using PipelineRobustness.Experiments.Settings;

namespace PipelineRobustness.Experiments.Results;

/// <summary>Names for the rows of a matrix: the remedy, and the settings other than the rate that distinguish runs under it.</summary>
internal static class RowLabels
{
    private static readonly Func<RunSettings, string>[] Parts =
    [
        r => string.Join('+', r.Attack.Kinds),
        r => string.Join('+', r.Attack.Stages),
        r => string.Join('+', r.Attack.Options),
        r => $"copies {r.Defence.Copies.ToString().ToLowerInvariant()}",
        r => string.Create(CultureInfo.InvariantCulture, $"tolerance {r.Defence.Tolerance}"),
        r => $"detector {r.DetectorInWords}",
        r => $"{r.Defence.Attempts} attempts",
        r => r.PluggedIn is { Length: > 0 } parts ? parts : "nothing plugged in",
    ];

    /// <summary>The label of each run, by its name.</summary>
    public static Dictionary<string, string> Of(IReadOnlyList<RunSettings> runs)
    {
        var telling = Parts.Where(p => runs.GroupBy(r => r.Defence.Rule.Name).Any(g => g.Select(p).Distinct().Count() > 1)).ToList();
        return runs.ToDictionary(r => r.Name, r => string.Join(", ", telling.Select(p => p(r)).Where(part => part.Length > 0).Prepend(r.Defence.Rule.Name)));
    }
}
