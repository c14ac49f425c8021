using System.CommandLine;

namespace PipelineRobustness.Benchmarks;

/// <summary>How often and how long is measured.</summary>
internal sealed class RoundOptions(int rounds, int iterations)
{
    private readonly Option<int> _rounds = PositiveOption.Of("--rounds", rounds, "Rounds, each of all cases in turn.");

    private readonly Option<int> _iterations =
        PositiveOption.Of("--iterations", iterations, "Iterations measured of each case in each round, after one that warms up.");

    public void AddTo(Command command)
    {
        command.Options.Add(_rounds);
        command.Options.Add(_iterations);
    }

    /// <summary>Measures the cases.</summary>
    public Rounds Run(ParseResult parsed, TextWriter progress, params IReadOnlyList<Case> cases) =>
        new Rounds { Cases = cases }.Run(parsed.GetValue(_rounds), parsed.GetValue(_iterations), progress);
}
