using System.CommandLine;

namespace PipelineRobustness.Benchmarks;

/// <summary>The number and length of measurements.</summary>
internal sealed class RoundOptions(int rounds, int iterations)
{
    private readonly Option<int> _rounds = PositiveOption.Of("--rounds", rounds, "Rounds; each runs all cases in turn.");

    private readonly Option<int> _iterations =
        PositiveOption.Of("--iterations", iterations, "Measured iterations per case and round, after one warm-up iteration.");

    public void AddTo(Command command)
    {
        command.Options.Add(_rounds);
        command.Options.Add(_iterations);
    }

    /// <summary>Measures the cases.</summary>
    public Rounds Run(ParseResult parsed, TextWriter progress, params IReadOnlyList<Case> cases) =>
        new Rounds { Cases = cases }.Run(parsed.GetValue(_rounds), parsed.GetValue(_iterations), progress);
}
