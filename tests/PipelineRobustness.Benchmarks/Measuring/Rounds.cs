using System.Diagnostics;
using System.Globalization;

namespace PipelineRobustness.Benchmarks;

/// <summary>
/// Measures cases in turn, A B C A B C ..., so that other load affects all cases alike; ratios are taken within each
/// round, so that a slow round is slow in numerator and denominator.
/// </summary>
internal sealed class Rounds
{
    private readonly Dictionary<Case, List<Sample>> _samples = [];

    public required IReadOnlyList<Case> Cases { get; init; }

    /// <summary>Measures all cases, after a warm-up round of one iteration each for the JIT compiler.</summary>
    public Rounds Run(int rounds, int iterations, TextWriter progress)
    {
        foreach (var item in Cases) Measure(item, 1);
        progress.WriteLine("warm-up");
        foreach (var item in Cases) _samples[item] = [];
        for (var round = 1; round <= rounds; round++)
        {
            var began = Stopwatch.GetTimestamp();
            foreach (var item in Cases) _samples[item].Add(Measure(item, iterations));
            progress.WriteLine(string.Create(
                CultureInfo.InvariantCulture,
                $"round {round} of {rounds}: {Stopwatch.GetElapsedTime(began).TotalSeconds:0} s, load {Machine.Load ?? "unknown"}"));
        }

        return this;
    }

    /// <summary>The distribution of a case's values.</summary>
    public Spread Of(Case item, Func<Sample, double> number) => Spread.Of(_samples[item].Select(number));

    /// <summary>The distribution of a value computed from each round's samples.</summary>
    public Spread PerRound(Func<Func<Case, Sample>, double> number) => Spread.Of(
        Enumerable.Range(0, _samples[Cases[0]].Count).Select(round => number(item => _samples[item][round])));

    /// <summary>Writes a line per case.</summary>
    public void Print(TextWriter output)
    {
        output.WriteLine($"{"",-44} {"tokens/s",-28} CPU ms per iteration");
        foreach (var item in Cases)
            output.WriteLine($"{item.Name,-44} {Of(item, s => s.TokensPerSecond).Show("0"),-28} {Of(item, s => 1000 * s.CpuSeconds).Show("0.0")}");
    }

    // Collect garbage first, so that a case does not pay for the previous one's.
    private static Sample Measure(Case item, int iterations)
    {
        GC.Collect();
        GC.WaitForPendingFinalizers();
        return item.Measure(iterations);
    }
}
