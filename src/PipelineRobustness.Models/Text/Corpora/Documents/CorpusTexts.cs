using PipelineRobustness.Models.Text.Corpora.Sources;

namespace PipelineRobustness.Models.Text.Corpora.Documents;

/// <summary>The texts of a corpus's files, part by part, never whole in memory.</summary>
/// <param name="Files">The files, all of one format.</param>
/// <param name="Field">The field that holds the documents; null where each file is one.</param>
/// <param name="DocumentJoining">How documents become texts.</param>
/// <param name="Detokenise">Whether WikiText's spaces are taken back.</param>
internal sealed record CorpusTexts(IReadOnlyList<SourceFile> Files, string? Field, DocumentJoining DocumentJoining, bool Detokenise)
{
    private const int ChunkCharacters = 1 << 16;

    /// <summary>With the content of the files, all that decides the texts; its number grows when the same recipe gives other tokens.</summary>
    public string Recipe => $"1 {Files[0].Format} field={Field} joining={DocumentJoining} detokenise={Detokenise}";

    /// <summary>Looks at the files and decides how to read them.</summary>
    /// <param name="files">The files, at least one, all of one format.</param>
    /// <param name="field">The field that the user named, or null.</param>
    /// <param name="wikiText">Whether it is WikiText, whose rows are lines.</param>
    /// <param name="detokenise">Whether WikiText's spaces are taken back.</param>
    /// <exception cref="BadInputException">No such field.</exception>
    public static CorpusTexts Of(IReadOnlyList<SourceFile> files, string? field, bool wikiText, bool detokenise)
    {
        if (files[0].Format == SourceFormat.Text) return new CorpusTexts(files, null, DocumentJoining.Apart, detokenise);

        var reader = RecordReader.For(files[0].Format);
        var chosen = FieldChoice.Of(files[0].Path, field, reader.Fields(files[0]));
        var joining = wikiText ? DocumentJoining.Lines : FieldChoice.IsAbstract(chosen) ? DocumentJoining.EmptyLines : DocumentJoining.Apart;
        return new CorpusTexts(files, chosen, joining, detokenise);
    }

    /// <summary>Reads the texts.</summary>
    /// <exception cref="BadInputException">A file is not what it should be.</exception>
    public IEnumerable<TextPart> Read(ReadProgress reading)
    {
        var parts = Field is null ? Files.SelectMany(file => Whole(file, reading)) : Records(reading);
        return Detokenise ? WikiText.Detokenise(parts) : parts;
    }

    private static IEnumerable<TextPart> Whole(SourceFile file, ReadProgress reading)
    {
        using var reader = file.OpenText(reading);
        var buffer = new char[ChunkCharacters];
        var begins = true;
        while (reader.ReadBlock(buffer, 0, buffer.Length) is > 0 and var count)
        {
            yield return new TextPart(new string(buffer, 0, count), begins);
            begins = false;
        }
    }

    private IEnumerable<TextPart> Records(ReadProgress reading)
    {
        var reader = RecordReader.For(Files[0].Format);
        var first = true;
        foreach (var document in Files.SelectMany(file => reader.Documents(file, Field!, reading)))
        {
            var text = DocumentJoining == DocumentJoining.EmptyLines ? document.Trim() : document;
            if (text.Length == 0 && DocumentJoining != DocumentJoining.Lines) continue;

            yield return DocumentJoining switch
            {
                DocumentJoining.EmptyLines => new TextPart(first ? text : "\n\n" + text, first),
                DocumentJoining.Lines => new TextPart(Line(text), first),
                _ => new TextPart(text, true),
            };
            first = false;
        }
    }

    private static string Line(string row) => row.Length == 0 ? " \n" : row.EndsWith('\n') ? row : row + "\n";
}
