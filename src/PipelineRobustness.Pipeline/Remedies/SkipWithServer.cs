namespace PipelineRobustness.Pipeline.Remedies;

/// <summary>
/// The paper with its central server: what jumps goes through the server, which keeps it until the commit, so that who
/// sends different values to two stages can be shown to have. Only accuser and accused are suspects (repeated without
/// e-1, e; e-2..e not updated).
/// </summary>
public sealed class SkipWithServer : IRemedy
{
    /// <inheritdoc/>
    public string Name => "skip-with-server";

    /// <inheritdoc/>
    public bool JudgesBetweenPasses => true;

    /// <inheritdoc/>
    public bool JumpsThroughServer => true;

    /// <inheritdoc/>
    public Judgement Judge(Evidence evidence) => Skipping.Judge(evidence, before: 1);
}
