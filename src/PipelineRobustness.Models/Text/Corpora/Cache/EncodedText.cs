namespace PipelineRobustness.Models.Text.Corpora.Cache;

/// <summary>The tokens of a text.</summary>
/// <param name="Tokens">The tokens.</param>
/// <param name="Unknown">How many of them are unknown tokens.</param>
internal sealed record EncodedText(TokenSequence Tokens, long Unknown);
