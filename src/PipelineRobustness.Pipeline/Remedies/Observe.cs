namespace PipelineRobustness.Pipeline.Remedies;

/// <summary>
/// Verdicts are recorded, the iteration is committed. Copies that came to differ are then fetched anew from the
/// owners, so that each verdict speaks of its own iteration.
/// </summary>
public sealed class Observe : IRemedy
{
    /// <inheritdoc/>
    public string Name => "observe";

    /// <inheritdoc/>
    public bool OwnerStands => true;

    /// <inheritdoc/>
    public Judgement Judge(Evidence evidence) => Judgement.Accept.Instance;
}
