namespace PipelineRobustness.Pipeline.Remedies;

/// <summary>The paper's baseline: the iteration is thrown away and worked again whole, as a new attempt.</summary>
public sealed class Restart : IRemedy
{
    /// <inheritdoc/>
    public string Name => "restart";

    /// <inheritdoc/>
    public bool JudgesBetweenPasses => true;

    /// <inheritdoc/>
    public Judgement Judge(Evidence evidence) =>
        new Judgement.NewAttempt($"accused: {string.Join(", ", evidence.Suspects)}");
}
