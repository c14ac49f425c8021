namespace PipelineRobustness.Pipeline.Remedies;

/// <summary>
/// The paper without a server: the liar may be the checking stage, the suspect, or the stage before it, which may have sent
/// different values to the two (repeated without e-2, e-1, e; e-3..e not updated).
/// </summary>
public sealed class Skip : IRemedy
{
    /// <inheritdoc/>
    public string Name => "skip";

    /// <inheritdoc/>
    public string Meaning =>
        "The paper's remedy: the iteration is repeated without the suspect, its checker and the stage before them; their blocks, and the one "
        + "before, are not updated.";

    /// <inheritdoc/>
    public bool NeedsCopies => true;

    /// <inheritdoc/>
    public bool JudgesBetweenPasses => true;

    /// <inheritdoc/>
    public bool LeavesStagesOut => true;

    /// <inheritdoc/>
    public Judgement Judge(Evidence evidence) => Skipping.Judge(evidence, before: 2);

    /// <inheritdoc/>
    public double ExpectedPasses(double clean, int attempts) => Skipping.ExpectedPasses(clean);

    /// <inheritdoc/>
    public string Summary(RemedyTally tally) => Skipping.Summary(tally);
}
