using PipelineRobustness.Models.Text.Corpora.Download;
using PipelineRobustness.Models.Text.Corpora.Sources;

namespace PipelineRobustness.Models.Text.Corpora;

/// <summary>Reads corpora: finds or downloads their files, determines splits, joins documents, and tokenises them with a cache.</summary>
/// <param name="environment">Access to cache, network and clock.</param>
public sealed class CorpusReader(CorpusEnvironment environment)
{
    private readonly CorpusFolder _folders = new(environment);

    /// <summary>Reads a corpus.</summary>
    /// <exception cref="BadInputException">The corpus is invalid, absent or too short; the message names the cause.</exception>
    public Corpus Read(CorpusRequest request, ITokenizer tokenizer)
    {
        var notes = new List<string>();
        var encoding = new CorpusEncoding(environment, tokenizer, notes);
        var files = Files(request);
        var name = request.Path is { } path ? Path.GetFileName(Path.TrimEndingDirectorySeparator(path)) : request.Name;
        if (files.Train.Count == 0) throw files.MissingTrainingFiles();

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
            ? Corpus.SplitAtEnd(name, origin, train, request.ValidationShare, notes)
            : Corpus.FromParts(name, origin, train, evaluation, notes);
    }

    /// <summary>
    /// Checks that the files of a corpus are usable, as far as their first bytes tell. A corpus that would be downloaded
    /// passes.
    /// </summary>
    /// <exception cref="BadInputException">A path does not exist, a folder has nothing to train on, or a file is not what its name says.</exception>
    public void Check(CorpusRequest request)
    {
        if (request.Path is { } path && !Directory.Exists(path))
            _ = SourceFile.At(path).Length;

        var isFolder = request.Path is null && request.Name is not (CorpusNames.Embedded or CorpusNames.Questions);
        if (isFolder && !CorpusFolder.Exists(_folders.PathOf(request.Name, request.Folder)))
            return;

        var files = Files(request);
        if (files.Train.Count == 0) throw files.MissingTrainingFiles();

        foreach (var file in files.Train.Concat(files.Evaluation))
            file.CheckSignature();
    }

    // The evaluation split of another corpus, or its end if it has no such split.
    private TokenSequence EvaluationPart(CorpusRequest request, string name, CorpusEncoding encoding, List<string> notes)
    {
        var other = request with { Path = null, Name = name, Field = null };
        var files = Files(other);
        NoteLeftOut(files, name, notes);
        if (files.Evaluation.Count > 0) return encoding.Of(files.Evaluation, other, name);

        return Corpus.SplitAtEnd(name, files.Place, encoding.Of(files.Train, other, name), request.ValidationShare, []).Validation;
    }

    private CorpusFiles Files(CorpusRequest request)
    {
        if (request.Path is { } path) return CorpusFiles.At(path);

        return request.Name switch
        {
            CorpusNames.Embedded => new CorpusFiles("embedded text", [EmbeddedText.File], [], []),
            CorpusNames.Questions => new CorpusFiles(request.Questions.File.Path, [request.Questions.File], [], []),
            var name => CorpusFiles.At(_folders.Find(name, request.Folder)),
        };
    }

    private static void NoteLeftOut(CorpusFiles files, string name, List<string> notes)
    {
        if (files.InBoth.Count > 0)
            notes.Add($"{name}: in training and in evaluation: {string.Join(", ", files.InBoth.Take(5))}{(files.InBoth.Count > 5 ? " and more" : "")}");
        if (files.NotRead.Count > 0)
            notes.Add($"{name}: not read: {string.Join(", ", files.NotRead.Take(5))}{(files.NotRead.Count > 5 ? " and more" : "")}");
    }
}
