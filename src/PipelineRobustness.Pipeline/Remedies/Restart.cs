namespace PipelineRobustness.Pipeline.Remedies;

/// <summary>The paper's baseline: the attempt is discarded and the whole iteration is repeated.</summary>
public sealed class Restart : IRemedy
{
    /// <inheritdoc/>
    public string Name => "restart";

    /// <inheritdoc/>
    public string Meaning => "The paper's baseline: the iteration is thrown away and repeated whole, as a new attempt.";

    /// <inheritdoc/>
    public bool JudgesBetweenPasses => true;

    /// <inheritdoc/>
    public bool KeepsWeights => true;

    /// <inheritdoc/>
    public Judgement Judge(Evidence evidence) => new Judgement.NewAttempt($"suspects: {string.Join(", ", evidence.Suspects)}");

    /// <summary>Until every stage is honest: 1 / <paramref name="clean"/>.</summary>
    public double ExpectedPasses(double clean, int attempts) => clean > 0 ? Math.Min(1 / clean, attempts) : attempts;

    /// <inheritdoc/>
    public string Summary(RemedyTally tally) =>
        $"Iterations with a verdict were thrown away and repeated: {RemedyTally.Count(tally.Attempts, "attempt")} for "
        + $"{RemedyTally.Count(tally.Iterations, "iteration")}.";
}
