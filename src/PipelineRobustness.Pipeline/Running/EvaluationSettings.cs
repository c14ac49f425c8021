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

    /// <summary>
    /// A file of prompts (JSON lines: set, prompt, expected): of the final weights, the share of each set whose likeliest continuation is the
    /// expected one (docs/corpora.md). A relative path is resolved like <c>model.path</c>. Empty: none.
    /// </summary>
    [Setting<PathText>]
    public string? Prompts { get; init; }
}
