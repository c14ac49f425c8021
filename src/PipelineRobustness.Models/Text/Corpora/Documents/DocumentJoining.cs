namespace PipelineRobustness.Models.Text.Corpora.Documents;

/// <summary>How a corpus's documents become texts. Each text begins with the tokenizer's begin of text, where it has one.</summary>
internal enum DocumentJoining
{
    /// <summary>Each document is a text; the tokenizer's end of text stands between two.</summary>
    Apart,

    /// <summary>Documents, without blanks at their ends, are one text with an empty line between two, as the paper joins abstracts.</summary>
    EmptyLines,

    /// <summary>Documents are the lines of one text, as WikiText comes in parquet; an empty one is the line " ".</summary>
    Lines,
}
