using PipelineRobustness.Pipeline.Remedies;

namespace PipelineRobustness.Tests.Extending;

/// <summary>Repeats an iteration where a verdict's distance is above a limit, and commits it otherwise.</summary>
public sealed class RestartIfLarge : IRemedy
{
    /// <summary>The largest distance that is committed.</summary>
    public double Limit { get; init; } = 0.01;

    /// <inheritdoc/>
    public string Name => "restart-if-large";

    /// <inheritdoc/>
    public string Meaning => "The iteration is repeated where what was sent is far from what the copy computed.";

    /// <inheritdoc/>
    public bool JudgesBetweenPasses => true;

    /// <summary>A small difference is committed; copies are then fetched from the owners again.</summary>
    public bool OwnerStands => true;

    /// <inheritdoc/>
    public Judgement Judge(Evidence evidence) => evidence.Verdicts.Any(verdict => !(verdict.Distance <= Limit))
        ? new Judgement.NewAttempt($"a difference above {Limit} at {string.Join(", ", evidence.Suspects)}")
        : Judgement.Accept.Instance;

    /// <inheritdoc/>
    public double ExpectedPasses(double clean, int attempts) => clean > 0 ? Math.Min(1 / clean, attempts) : attempts;

    /// <inheritdoc/>
    public string Summary(RemedyTally tally) =>
        $"{RemedyTally.Count(tally.Attempts - tally.Iterations, "attempt")} with a large difference had to be repeated.";
}
