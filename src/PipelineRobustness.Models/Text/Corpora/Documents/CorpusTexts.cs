using PipelineRobustness.Models.Text.Corpora.Sources;

namespace PipelineRobustness.Models.Text.Corpora.Documents;

/// <summary>The texts in a corpus's files, read in parts, never held in memory as a whole.</summary>
/// <param name="Files">The files, all of one format.</param>
/// <param name="Field">The field with the documents; null if each file is one document.</param>
/// <param name="DocumentJoining">How documents are joined into texts.</param>
/// <param name="Detokenise">Whether to remove WikiText's extra spaces.</param>
internal sealed record CorpusTexts(IReadOnlyList<SourceFile> Files, string? Field, DocumentJoining DocumentJoining, bool Detokenise)
{
    private const int ChunkCharacters = 1 << 16;

    /// <summary>
    /// Everything besides the files' content that determines the texts. The leading number is increased when the same
    /// recipe gives different tokens.
    /// </summary>
    public string Recipe => $"2 {Files[0].Format} field={Field} joining={DocumentJoining} detokenise={Detokenise}";

    /// <summary>Determines how to read the files.</summary>
    /// <param name="files">The files, at least one, all of the same format.</param>
    /// <param name="field">The field named by the user, or null.</param>
    /// <param name="wikiText">Whether the corpus is WikiText, whose rows are lines.</param>
    /// <param name="detokenise">Whether to remove WikiText's extra spaces.</param>
    /// <exception cref="BadInputException">The field does not exist.</exception>
    public static CorpusTexts Of(IReadOnlyList<SourceFile> files, string? field, bool wikiText, bool detokenise)
    {
        if (files[0].Format == SourceFormat.Text) return new CorpusTexts(files, null, DocumentJoining.Apart, detokenise);

        var reader = RecordReader.For(files[0].Format);
        var chosen = FieldChoice.Of(files[0].Path, field, reader.Fields(files[0]));
        var joining = wikiText ? DocumentJoining.Lines : FieldChoice.IsAbstract(chosen) ? DocumentJoining.EmptyLines : DocumentJoining.Apart;
        return new CorpusTexts(files, chosen, joining, detokenise);
    }

    /// <summary>Reads the texts.</summary>
    /// <exception cref="BadInputException">A file is invalid.</exception>
    public IEnumerable<TextPart> Read(ReadProgress progress)
    {
        var parts = Field is null ? Files.SelectMany(file => OutputFile(file, progress)) : Records(progress);
        return Detokenise ? WikiText.Detokenise(parts) : parts;
    }

    private static IEnumerable<TextPart> OutputFile(SourceFile file, ReadProgress progress)
    {
        using var reader = file.OpenText(progress);
        var buffer = new char[ChunkCharacters];
        var begins = true;
        while (reader.ReadBlock(buffer, 0, buffer.Length) is > 0 and var count)
        {
            yield return new TextPart(new string(buffer, 0, count), begins);
            begins = false;
        }
    }

    private IEnumerable<TextPart> Records(ReadProgress progress)
    {
        var reader = RecordReader.For(Files[0].Format);
        var first = true;
        foreach (var document in Files.SelectMany(file => reader.Documents(file, Field!, progress)))
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
