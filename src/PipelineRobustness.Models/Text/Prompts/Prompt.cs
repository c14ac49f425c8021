namespace PipelineRobustness.Models.Text.Prompts;

/// <summary>A text that a model is to go on with, and how.</summary>
/// <param name="Set">The set that it is counted in.</param>
/// <param name="Text">The text.</param>
/// <param name="Expected">What is expected to follow.</param>
public sealed record Prompt(string Set, string Text, string Expected);

/// <summary>The same as tokens.</summary>
/// <param name="Set">The set that it is counted in.</param>
/// <param name="Tokens">The text's tokens, behind the begin of text if the tokenizer has one, and the expected ones after them.</param>
/// <param name="ExpectedFrom">Where the expected ones begin; at least 1.</param>
public sealed record EncodedPrompt(string Set, IReadOnlyList<int> Tokens, int ExpectedFrom);

/// <summary>How many prompts of a set a model went on with as expected.</summary>
/// <param name="Set">The set.</param>
/// <param name="Expected">Prompts whose likeliest continuation is the expected one.</param>
/// <param name="Count">All prompts of the set.</param>
public sealed record PromptShare(string Set, int Expected, int Count)
{
    /// <summary>The share, from 0 to 1.</summary>
    public double Share => (double)Expected / Count;
}
