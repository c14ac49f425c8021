namespace PipelineRobustness.Pipeline.Remedies;

/// <summary>
/// The paper with its central server: jumps go through the server, which keeps them until the commit, so that there is
/// proof when a stage sends different values to two stages. The liar is the checking stage or the suspect (repeated without
/// e-1, e; e-2..e not updated).
/// </summary>
public sealed class SkipWithServer : IRemedy
{
    /// <inheritdoc/>
    public string Name => "skip-with-server";

    /// <inheritdoc/>
    public string Meaning =>
        "The paper's remedy with a trusted server as relay, which leaves fewer suspects: the iteration is repeated without the suspect and its "
        + "checker; their blocks, and the one before, are not updated.";

    /// <inheritdoc/>
    public bool NeedsCopies => true;

    /// <inheritdoc/>
    public bool JudgesBetweenPasses => true;

    /// <inheritdoc/>
    public bool JumpsThroughServer => true;

    /// <inheritdoc/>
    public bool LeavesStagesOut => true;

    /// <inheritdoc/>
    public Judgement Judge(Evidence evidence) => Skipping.Judge(evidence, before: 1);

    /// <inheritdoc/>
    public double ExpectedPasses(double clean, int attempts) => Skipping.ExpectedPasses(clean);

    /// <inheritdoc/>
    public string Summary(RemedyTally tally) => Skipping.Summary(tally);
}
