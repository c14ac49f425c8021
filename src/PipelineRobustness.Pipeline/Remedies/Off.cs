namespace PipelineRobustness.Pipeline.Remedies;

/// <summary>Nothing is compared, nothing is noticed. Copies, if any, serve recovery only.</summary>
public sealed class Off : IRemedy
{
    /// <inheritdoc/>
    public string Name => "off";

    /// <inheritdoc/>
    public string Meaning => "Undefended: nothing is compared, so nothing is noticed.";

    /// <inheritdoc/>
    public bool Compares => false;

    /// <inheritdoc/>
    public bool OwnerStands => true;

    /// <inheritdoc/>
    public Judgement Judge(Evidence evidence) => Judgement.Accept.Instance;

    /// <inheritdoc/>
    public string Summary(RemedyTally tally) => "";
}
