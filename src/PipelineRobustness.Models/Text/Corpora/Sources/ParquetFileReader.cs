using System.Text;
using System.Text.Unicode;
using Parquet;
using Parquet.Schema;
using PipelineRobustness.Models.Files;

namespace PipelineRobustness.Models.Text.Corpora.Sources;

/// <summary>Reads a string column of a parquet file, one row group at a time.</summary>
internal sealed class ParquetFileReader : RecordReader
{
    public override IReadOnlyList<string> Fields(SourceFile file)
    {
        using var stream = file.Open(ReadProgress.None);
        using var columns = Open(file, stream);
        return [.. columns.Texts.Select(field => field.Name)];
    }

    public override IEnumerable<string> Documents(SourceFile file, string field, ReadProgress progress)
    {
        using var stream = file.Open(progress);
        using var columns = Open(file, stream);
        var column = columns.Texts.FirstOrDefault(text => text.Name == field)
            ?? throw new BadInputException($"{file.Path}: expected a string column {field} (data.field), found none of that name");
        for (var (group, row) = (0, 1L); group < columns.Reader.RowGroupCount; group++)
        {
            foreach (var document in Group(file, columns.Reader, group, AsBytes(column)))
                yield return Text(file, row++, document);
        }
    }

    private static Columns Open(SourceFile file, Stream stream) =>
        Guarded(file, () => new Columns(Wait(ParquetReader.CreateAsync(stream, leaveStreamOpen: true))));

    private static byte[]?[] Group(SourceFile file, ParquetReader reader, int number, DataField column) => Guarded(file, () =>
    {
        using var group = reader.OpenRowGroupReader(number);
        var documents = new byte[]?[checked((int)group.RowCount)];
        group.ReadAsync(column, documents.AsMemory()).AsTask().GetAwaiter().GetResult();
        return documents;
    });

    /// <summary>The column as its bytes: as strings, the library replaces what is not UTF-8 without a word.</summary>
    private static DataField AsBytes(DataField column)
    {
        var bytes = new DataField(column.Name, typeof(byte[]), column.IsNullable);
        // A schema gives the field its place.
        _ = new ParquetSchema(bytes);
        return bytes;
    }

    private static string Text(SourceFile file, long row, byte[]? document) => document is null || Utf8.IsValid(document)
        ? Encoding.UTF8.GetString(document ?? [])
        : throw new BadInputException(
            $"{file.Path}: row {row}: expected UTF-8 text, found invalid bytes at offset {UserFile.FirstInvalid(document)}");

    // Any exception of the library means that the file is damaged.
    private static T Guarded<T>(SourceFile file, Func<T> read)
    {
        try
        {
            return read();
        }
        catch (Exception e) when (e is not (BadInputException or OperationCanceledException))
        {
            throw new BadInputException($"{file.Path}: expected a parquet file, found {e.Message}", e);
        }
    }

    private static T Wait<T>(Task<T> task) => task.GetAwaiter().GetResult();

    private sealed class Columns(ParquetReader reader) : IDisposable
    {
        public ParquetReader Reader => reader;

        /// <summary>The top-level string columns.</summary>
        public IReadOnlyList<DataField> Texts { get; } =
            [.. reader.Schema.DataFields.Where(field => field.ClrType == typeof(ReadOnlyMemory<char>) && field.Path.Length == 1 && !field.IsArray)];

        public void Dispose() => reader.DisposeAsync().AsTask().GetAwaiter().GetResult();
    }
}
