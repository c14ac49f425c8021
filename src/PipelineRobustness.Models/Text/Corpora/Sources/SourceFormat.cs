namespace PipelineRobustness.Models.Text.Corpora.Sources;

/// <summary>The format of a source file.</summary>
internal enum SourceFormat
{
    /// <summary>The file is one document of UTF-8 text.</summary>
    Text,

    /// <summary>One JSON object per line, with the document in a field.</summary>
    JsonLines,

    /// <summary>A header and one record per row, with the document in a column; quoted fields may contain line breaks.</summary>
    Csv,

    /// <summary>The same with tabs in place of commas.</summary>
    Tsv,

    /// <summary>Apache Parquet, with the document in a string column.</summary>
    Parquet,
}
