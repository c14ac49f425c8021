namespace PipelineRobustness.Models.Text.Corpora.Documents;

/// <summary>Some of a text; a text is what a tokenizer sees as a whole.</summary>
/// <param name="Text">The characters; a part may end within a word.</param>
/// <param name="Begins">Whether a text begins here.</param>
internal readonly record struct TextPart(string Text, bool Begins);
