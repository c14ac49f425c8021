using Sylvan.Data.Csv;

namespace PipelineRobustness.Models.Text.Corpora.Sources;

/// <summary>Reads comma-separated values with a header.</summary>
internal sealed class CsvReader : RecordReader
{
    private const int RecordCharactersMax = 64 << 20;

    public override IReadOnlyList<string> Fields(SourceFile file)
    {
        using var csv = Open(file, ReadProgress.None);
        return [.. Enumerable.Range(0, csv.FieldCount).Select(csv.GetName)];
    }

    public override IEnumerable<string> Documents(SourceFile file, string field, ReadProgress progress)
    {
        using var csv = Open(file, progress);
        var column = Column(csv, field);
        if (column < 0)
            throw new BadInputException($"{file.Path}: expected a field {field} (data.field), found none of that name");

        for (var row = 1L; Document(file, csv, column, row) is { } document; row++)
            yield return document;
    }

    private static int Column(CsvDataReader csv, string field)
    {
        var column = csv.FieldCount - 1;
        while (column >= 0 && csv.GetName(column) != field)
            column--;
        return column;
    }

    private static CsvDataReader Open(SourceFile file, ReadProgress progress)
    {
        var text = file.OpenText(progress);
        try
        {
            return CsvDataReader.Create(text, new CsvDataReaderOptions { Delimiter = ',', MaxBufferSize = RecordCharactersMax, OwnsReader = true });
        }
        catch (Exception e) when (e is not (BadInputException or OperationCanceledException))
        {
            throw new BadInputException($"{file.Path}: expected comma-separated values with a header, found {e.Message}", e);
        }
    }

    private static string? Document(SourceFile file, CsvDataReader csv, int column, long row)
    {
        try
        {
            if (!csv.Read()) return null;
            return column < csv.RowFieldCount ? csv.GetString(column) : "";
        }
        catch (Exception e) when (e is not (BadInputException or OperationCanceledException))
        {
            throw new BadInputException($"{file.Path}: record {row}: expected comma-separated values, found {e.Message}", e);
        }
    }
}
