namespace PipelineRobustness.Models.Text.Corpora.Sources;

/// <summary>How a source file holds its documents.</summary>
internal enum SourceFormat
{
    /// <summary>The file is one document of UTF-8 text.</summary>
    Text,

    /// <summary>A JSON object a line, the document in one of its fields.</summary>
    JsonLines,

    /// <summary>A header and a record a row, the document in one of its columns; quoted fields may hold line breaks.</summary>
    Csv,

    /// <summary>Apache Parquet, the document in one of its string columns.</summary>
    Parquet,
}
