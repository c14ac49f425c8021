namespace PipelineRobustness.Models.Text.Corpora.Sources;

/// <summary>Reads documents from files with one document per record.</summary>
internal abstract class RecordReader
{
    /// <summary>The reader for a format.</summary>
    public static RecordReader For(SourceFormat format) => format switch
    {
        SourceFormat.JsonLines => new JsonLinesReader(),
        SourceFormat.Csv => new CsvReader(',', "comma"),
        SourceFormat.Tsv => new CsvReader('\t', "tab"),
        SourceFormat.Parquet => new ParquetFileReader(),
        _ => throw new ArgumentOutOfRangeException(nameof(format), format, "has no records"),
    };

    /// <summary>The names of the fields that may contain a document; empty if there is no record.</summary>
    /// <exception cref="BadInputException">The file is not of this format.</exception>
    public abstract IReadOnlyList<string> Fields(SourceFile file);

    /// <summary>The documents in order, one in memory at a time (for parquet, one row group); a missing value is empty.</summary>
    /// <exception cref="BadInputException">The file is not of this format, or lacks the field.</exception>
    public abstract IEnumerable<string> Documents(SourceFile file, string field, ReadProgress progress);
}
