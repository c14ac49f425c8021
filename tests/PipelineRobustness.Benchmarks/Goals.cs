using System.Globalization;

namespace PipelineRobustness.Benchmarks;

/// <summary>Compares measurements with goals, and determines the exit code.</summary>
/// <param name="output">Receives the results.</param>
/// <param name="notJudgedBecause">Why nothing can be judged on this machine; null if it can.</param>
internal sealed class Goals(TextWriter output, string? notJudgedBecause)
{
    private bool _missed;

    /// <summary>0 if no goal is missed, else 1.</summary>
    public int ExitCode => _missed ? CommandLine.Missed : 0;

    /// <summary>The median must not be below the goal.</summary>
    public void AtLeast(string what, double goal, Spread found) => Judge(what, "at least", goal, found, found.Median >= goal);

    /// <summary>The median must not be above the goal.</summary>
    public void AtMost(string what, double goal, Spread found) => Judge(what, "at most", goal, found, found.Median <= goal);

    private void Judge(string what, string relation, double goal, Spread found, bool met)
    {
        _missed |= !met && notJudgedBecause is null;
        var verdict = notJudgedBecause is not null ? "not judged" : met ? "met" : "MISSED";
        output.WriteLine(string.Create(
            CultureInfo.InvariantCulture, $"{what,-64} {found.Show("0.000"),-24} goal: {relation} {goal:0.00#}: {verdict}"));
    }

    /// <summary>Explains why nothing was judged, if so.</summary>
    public void Explain()
    {
        if (notJudgedBecause is not null) output.WriteLine($"Not judged: {notJudgedBecause}.");
    }
}
