namespace PipelineRobustness.Pipeline.Remedies;

/// <summary>
/// Verdicts are recorded, and the iteration is committed. Copies that differ are then fetched again from the
/// owners, so that each verdict is about its own iteration.
/// </summary>
public sealed class Observe : IRemedy
{
    /// <inheritdoc/>
    public string Name => "observe";

    /// <inheritdoc/>
    public string Meaning => "Verdicts are recorded and nothing is done about them.";

    /// <inheritdoc/>
    public bool OwnerStands => true;

    /// <inheritdoc/>
    public Judgement Judge(Evidence evidence) => Judgement.Accept.Instance;

    /// <inheritdoc/>
    public string Summary(RemedyTally tally) => "Verdicts were recorded and nothing else was done.";
}
