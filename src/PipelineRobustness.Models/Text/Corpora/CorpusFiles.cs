using PipelineRobustness.Models.Files;
using PipelineRobustness.Models.Text.Corpora.Sources;

namespace PipelineRobustness.Models.Text.Corpora;

/// <summary>The files of a corpus, by what they are for.</summary>
/// <param name="Place">The folder or file.</param>
/// <param name="Train">What is trained on, or both parts where <paramref name="Evaluation"/> is empty; may be empty.</param>
/// <param name="Evaluation">What is evaluated on, where the corpus sets it apart.</param>
/// <param name="LeftOut">Names of files that are not read, beside those that are.</param>
internal sealed record CorpusFiles(string Place, IReadOnlyList<SourceFile> Train, IReadOnlyList<SourceFile> Evaluation, IReadOnlyList<string> LeftOut)
{
    private const int DepthMax = 8;

    private static readonly SourceFormat[] Formats = [SourceFormat.JsonLines, SourceFormat.Parquet, SourceFormat.Csv, SourceFormat.Text];

    private static readonly string[] NoText = [".part", ".etag", ".sha256", ".tmp"];

    /// <summary>A single file, or the files of a folder.</summary>
    /// <exception cref="BadInputException">A folder without any file to read, or one that cannot be read.</exception>
    public static CorpusFiles At(string path) => Directory.Exists(path) ? InFolder(path) : new CorpusFiles(path, [SourceFile.At(path)], [], []);

    /// <summary>The line to say when there is nothing to train on.</summary>
    public BadInputException NothingToTrainOn()
    {
        var found = string.Join(", ", Evaluation.Select(file => Path.GetRelativePath(Place, file.Path)));
        var expected = SplitNames.AsTrain(Path.GetRelativePath(Place, Evaluation[0].Path));
        return new BadInputException($"{Place}: expected {expected} to train on, found only {found}");
    }

    private static CorpusFiles InFolder(string folder)
    {
        var all = Found(folder);
        if (all.Count == 0)
            throw new BadInputException($"{folder}: expected files of text (.txt, .jsonl, .csv, .parquet and others), found none");

        // The same documents are often there in several formats; one is read.
        var onlyJson = all.TrueForAll(IsJson);
        var format = Formats.First(f => all.Exists(path => FormatOf(path, onlyJson) == f));
        var bySplit = all.Where(path => FormatOf(path, onlyJson) == format).ToLookup(
            path => SplitNames.Of(Path.GetRelativePath(folder, path)), path => new SourceFile(path, format));
        // Beside files to judge by, those that say nothing are to train on.
        SourceFile[] train = [.. bySplit[bySplit.Contains(Split.Train) ? Split.Train : Split.None]];
        SourceFile[] evaluation = [.. bySplit[bySplit.Contains(Split.Test) ? Split.Test : Split.Validation]];
        var used = train.Concat(evaluation).Select(file => file.Path).ToHashSet();
        return new CorpusFiles(folder, train, evaluation, [.. all.Where(path => !used.Contains(path)).Select(path => Path.GetRelativePath(folder, path))]);
    }

    // A lone .json beside other files describes them.
    private static SourceFormat? FormatOf(string path, bool onlyJson) =>
        IsJson(path) && !onlyJson ? null : SourceFile.At(path).Format;

    private static bool IsJson(string path) => SourceFile.Ending(path) == ".json";

    private static List<string> Found(string folder)
    {
        try
        {
            // Hidden files are left out.
            var options = new EnumerationOptions { RecurseSubdirectories = true, MaxRecursionDepth = DepthMax, IgnoreInaccessible = false };
            return [.. Directory.EnumerateFiles(folder, "*", options).Where(IsText).Order(StringComparer.Ordinal)];
        }
        catch (Exception e) when (UserFile.IsRefusal(e))
        {
            throw new BadInputException($"{folder}: cannot be read: {e.Message}", e);
        }
    }

    private static bool IsText(string path)
    {
        var name = Path.GetFileName(path);
        return !NoText.Contains(Path.GetExtension(path))
            && !name.StartsWith("README", StringComparison.OrdinalIgnoreCase)
            && !name.StartsWith("LICENSE", StringComparison.OrdinalIgnoreCase);
    }
}
