namespace PipelineRobustness.Models.Text.Corpora.Cache;

/// <summary>Tokens of a text.</summary>
/// <param name="Tokens">The tokens.</param>
/// <param name="Unknown">How many of them stand for pieces that are not in the vocabulary.</param>
internal sealed record EncodedText(TokenSequence Tokens, long Unknown);
