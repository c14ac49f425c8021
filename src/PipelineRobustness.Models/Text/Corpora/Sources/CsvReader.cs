namespace PipelineRobustness.Models.Text.Corpora.Sources;

/// <summary>Reads values with a header, separated by commas or tabs.</summary>
/// <param name="separator">What is between two fields.</param>
/// <param name="name">Its name.</param>
internal sealed class CsvReader(char separator, string name) : RecordReader
{
    public override IReadOnlyList<string> Fields(SourceFile file)
    {
        using var records = new CsvRecords(file.OpenText(ReadProgress.None), file.Path, separator);
        return records.Read() ? [.. records.Fields] : [];
    }

    public override IEnumerable<string> Documents(SourceFile file, string field, ReadProgress progress)
    {
        using var records = new CsvRecords(file.OpenText(progress), file.Path, separator);
        string[] header = records.Read() ? [.. records.Fields] : [];
        var column = Column(file, header, field);
        while (records.Read())
        {
            // Reading on would drop the rest of a text with a comma.
            if (records.Fields.Count > header.Length)
                throw new BadInputException(
                    $"{file.Path}: line {records.Line}: expected at most {header.Length} fields, as the header has (a field with a {name} needs quotes), "
                    + $"found {records.Fields.Count}");
            yield return column < records.Fields.Count ? records.Fields[column] : "";
        }
    }

    private static int Column(SourceFile file, string[] header, string field) => header.Count(column => column == field) switch
    {
        1 => Array.IndexOf(header, field),
        0 => throw new BadInputException($"{file.Path}: expected a field {field} (data.field), found none of that name"),
        var count => throw new BadInputException($"{file.Path}: expected one field {field} (data.field), found {count} of that name"),
    };
}
