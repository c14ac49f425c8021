using PipelineRobustness.Models.Text.Corpora.Download;
using PipelineRobustness.Models.Text.Corpora.Sources;

namespace PipelineRobustness.Models.Text.Corpora;

/// <summary>
/// Reads corpora: finds their files or downloads them, tells splits, joins documents, and makes tokens of them that are kept
/// for the next time.
/// </summary>
/// <param name="surroundings">What it needs of the machine.</param>
public sealed class CorpusReader(CorpusEnvironment surroundings)
{
    private readonly CorpusFolder _folders = new(surroundings);

    /// <summary>Reads a corpus.</summary>
    /// <exception cref="BadInputException">Anything about it is wrong, absent or too short; the line names it.</exception>
    public Corpus Read(CorpusRequest request, ITokenizer tokenizer)
    {
        var notes = new List<string>();
        var encoding = new CorpusEncoding(surroundings, tokenizer, notes);
        var files = Files(request);
        var name = request.Path is { } path ? Path.GetFileName(Path.TrimEndingDirectorySeparator(path)) : request.Name;
        if (files.Train.Count == 0) throw files.NothingToTrainOn();

        NoteLeftOut(files, name, notes);
        var (train, evaluation) = (encoding.Of(files.Train, request, name), (TokenSequence?)null);
        var origin = files.Place;
        if (request.EvaluationCorpus is { } other)
        {
            evaluation = EvaluationPart(request, other, encoding, notes);
            origin += $", evaluated on {other}";
        }
        else if (files.Evaluation.Count > 0)
        {
            evaluation = encoding.Of(files.Evaluation, request, name);
        }

        encoding.NoteUnknown(name);
        return evaluation is null
            ? Corpus.AtEnd(name, origin, train, request.ValidationShare, notes)
            : Corpus.Apart(name, origin, train, evaluation, notes);
    }

    /// <summary>Looks whether what is there of a corpus will do, and reads nothing; what is to be downloaded is not missed.</summary>
    /// <exception cref="BadInputException">A path leads to nothing, or a folder has nothing to train on.</exception>
    public void Check(CorpusRequest request)
    {
        if (request.Path is { } path && !Directory.Exists(path))
            _ = SourceFile.At(path).Length;

        if (request.Path is null && request.Name != CorpusNames.Embedded && !CorpusFolder.IsThere(_folders.PlaceOf(request.Name, request.Folder)))
            return;

        var files = Files(request);
        if (files.Train.Count == 0) throw files.NothingToTrainOn();
    }

    // The evaluation part of a corpus that may have no other.
    private TokenSequence EvaluationPart(CorpusRequest request, string name, CorpusEncoding encoding, List<string> notes)
    {
        var other = request with { Path = null, Name = name, Field = null };
        var files = Files(other);
        NoteLeftOut(files, name, notes);
        if (files.Evaluation.Count > 0) return encoding.Of(files.Evaluation, other, name);

        return Corpus.AtEnd(name, files.Place, encoding.Of(files.Train, other, name), request.ValidationShare, []).Validation;
    }

    private CorpusFiles Files(CorpusRequest request)
    {
        if (request.Path is { } path) return CorpusFiles.At(path);

        return request.Name == CorpusNames.Embedded
            ? new CorpusFiles("embedded text", [EmbeddedText.File], [], [])
            : CorpusFiles.At(_folders.Find(request.Name, request.Folder));
    }

    private static void NoteLeftOut(CorpusFiles files, string name, List<string> notes)
    {
        if (files.LeftOut.Count > 0)
            notes.Add($"{name}: not read, beside what is: {string.Join(", ", files.LeftOut.Take(5))}{(files.LeftOut.Count > 5 ? " and more" : "")}");
    }
}
