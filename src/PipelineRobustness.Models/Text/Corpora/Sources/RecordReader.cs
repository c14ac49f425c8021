namespace PipelineRobustness.Models.Text.Corpora.Sources;

/// <summary>Reads the documents of files that hold one in each record.</summary>
internal abstract class RecordReader
{
    /// <summary>The reader of a format.</summary>
    public static RecordReader For(SourceFormat format) => format switch
    {
        SourceFormat.JsonLines => new JsonLinesReader(),
        SourceFormat.Csv => new CsvReader(),
        SourceFormat.Parquet => new ParquetFileReader(),
        _ => throw new ArgumentOutOfRangeException(nameof(format), format, "holds no records"),
    };

    /// <summary>The names of the fields that may hold a document; empty where there is no record.</summary>
    /// <exception cref="BadInputException">The file is not of this format.</exception>
    public abstract IReadOnlyList<string> Fields(SourceFile file);

    /// <summary>The documents in their order, one in memory at a time (a row group's, of parquet); an absent value is empty.</summary>
    /// <exception cref="BadInputException">The file is not of this format, or lacks the field.</exception>
    public abstract IEnumerable<string> Documents(SourceFile file, string field, ReadProgress reading);
}
