namespace PipelineRobustness.Pipeline.Remedies;

/// <summary>
/// The paper without a server: accuser, accused and the stage before it are suspects, since that stage may have sent
/// different values to the two (repeated without e-2, e-1, e; e-3..e not updated).
/// </summary>
public sealed class Skip : IRemedy
{
    /// <inheritdoc/>
    public string Name => "skip";

    /// <inheritdoc/>
    public bool JudgesBetweenPasses => true;

    /// <inheritdoc/>
    public Judgement Judge(Evidence evidence) => Skipping.Judge(evidence, before: 2);
}
