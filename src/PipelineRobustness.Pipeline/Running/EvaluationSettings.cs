using PipelineRobustness.Pipeline.Settings;

namespace PipelineRobustness.Pipeline.Running;

/// <summary>When perplexity is measured, and on how much text.</summary>
public sealed record EvaluationSettings
{
    /// <summary>Iterations between two evaluations; 0: only at the end of the run.</summary>
    [Setting(0, 1_000_000_000)]
    public long Every { get; init; }

    /// <summary>
    /// Windows of <c>training.sequence-length</c> tokens in an evaluation, from the beginning of the validation text; 0: all.
    /// </summary>
    [Setting(0, 1_000_000_000)]
    public int Windows { get; init; } = 256;
}
