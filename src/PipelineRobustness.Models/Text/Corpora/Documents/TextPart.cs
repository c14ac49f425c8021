namespace PipelineRobustness.Models.Text.Corpora.Documents;

/// <summary>A part of a text; a text is what a tokenizer encodes as a whole.</summary>
/// <param name="Text">The characters; a part may end within a word.</param>
/// <param name="Begins">Whether the part begins a new text.</param>
internal readonly record struct TextPart(string Text, bool Begins);
