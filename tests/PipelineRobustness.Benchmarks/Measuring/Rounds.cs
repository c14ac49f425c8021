using System.Diagnostics;
using System.Globalization;

namespace PipelineRobustness.Benchmarks;

/// <summary>
/// Cases measured in turn, A B C A B C ..., so that whatever else the machine does befalls all alike; and ratios taken
/// within each round, so that a slow round is slow above and below the line.
/// </summary>
internal sealed class Rounds
{
    private readonly Dictionary<Case, List<Sample>> _samples = [];

    public required IReadOnlyList<Case> Cases { get; init; }

    /// <summary>Measures everything, after a warm-up round of one iteration each, for the compiler's sake.</summary>
    public Rounds Run(int rounds, int iterations, TextWriter progress)
    {
        foreach (var one in Cases) Measure(one, 1);
        progress.WriteLine("warm");
        foreach (var one in Cases) _samples[one] = [];
        for (var round = 1; round <= rounds; round++)
        {
            var began = Stopwatch.GetTimestamp();
            foreach (var one in Cases) _samples[one].Add(Measure(one, iterations));
            progress.WriteLine(string.Create(
                CultureInfo.InvariantCulture,
                $"round {round} of {rounds}: {Stopwatch.GetElapsedTime(began).TotalSeconds:0} s, load {Machine.Load ?? "unknown"}"));
        }

        return this;
    }

    /// <summary>A case's numbers.</summary>
    public Spread Of(Case one, Func<Sample, double> number) => Spread.Of(_samples[one].Select(number));

    /// <summary>A number made of each round's samples.</summary>
    public Spread PerRound(Func<Func<Case, Sample>, double> number) => Spread.Of(
        Enumerable.Range(0, _samples[Cases[0]].Count).Select(round => number(one => _samples[one][round])));

    /// <summary>Writes a line for each case.</summary>
    public void Print(TextWriter output)
    {
        output.WriteLine($"{"",-44} {"tokens/s",-28} CPU ms of an iteration");
        foreach (var one in Cases)
            output.WriteLine($"{one.Name,-44} {Of(one, s => s.TokensPerSecond).Show("0"),-28} {Of(one, s => 1000 * s.CpuSeconds).Show("0.0")}");
    }

    // One case's garbage is not to be the next one's work.
    private static Sample Measure(Case one, int iterations)
    {
        GC.Collect();
        GC.WaitForPendingFinalizers();
        return one.Measure(iterations);
    }
}
