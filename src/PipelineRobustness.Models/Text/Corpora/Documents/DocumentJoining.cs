namespace PipelineRobustness.Models.Text.Corpora.Documents;

/// <summary>How a corpus's documents are joined into texts. Each text begins with the tokenizer's begin of text, if it has one.</summary>
internal enum DocumentJoining
{
    /// <summary>Each document is a text; the tokenizer's end of text separates them.</summary>
    Apart,

    /// <summary>All documents, trimmed, are one text separated by empty lines, as the paper joins abstracts.</summary>
    EmptyLines,

    /// <summary>Documents are the lines of one text, as in WikiText's parquet files; an empty document is the line " ".</summary>
    Lines,
}
