namespace PipelineRobustness.Pipeline.Remedies;

/// <summary>
/// No stage is believed by its word. Stages state what they were sent and what they made of it, a referee recomputes what two of
/// them differ about, what a detector finds and what an audit draws, a stage that stated something falsely loses its seat, and the iteration is repeated.
/// </summary>
public sealed class Referee : IRemedy
{
    /// <inheritdoc/>
    public string Name => "referee";

    /// <inheritdoc/>
    public string Meaning =>
        "Statements are held against each other, a referee recomputes what is in dispute, and a stage that stated something falsely loses its seat.";

    /// <inheritdoc/>
    public bool Compares => false;

    /// <inheritdoc/>
    public bool IsRefereed => true;

    /// <inheritdoc/>
    public bool KeepsWeights => true;

    /// <inheritdoc/>
    public Judgement Judge(Evidence evidence) => Judgement.Accept.Instance;

    /// <inheritdoc/>
    public string Summary(RemedyTally tally) =>
        $"{RemedyTally.Count(tally.Attempts, "attempt")} for {RemedyTally.Count(tally.Iterations, "iteration")}: each one more ended with a ruling.";
}
