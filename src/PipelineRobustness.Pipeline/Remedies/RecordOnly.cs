namespace PipelineRobustness.Pipeline.Remedies;

/// <summary>
/// Verdicts are recorded, the iteration is committed. Copies that came to differ are then fetched anew from the
/// owners, so that each verdict speaks of its own iteration.
/// </summary>
public sealed class RecordOnly : IRemedy
{
    /// <inheritdoc/>
    public string Name => "none";

    /// <inheritdoc/>
    public bool OwnerStands => true;

    /// <inheritdoc/>
    public Judgement Judge(Evidence evidence) => Judgement.Accept.Instance;
}
