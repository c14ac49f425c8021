using PipelineRobustness.Models.Files;
using PipelineRobustness.Models.Text.Corpora.Sources;

namespace PipelineRobustness.Models.Text.Corpora;

/// <summary>The files of a corpus by their use.</summary>
/// <param name="Place">The folder or file.</param>
/// <param name="Train">The training files, or all files if <paramref name="Evaluation"/> is empty; may be empty.</param>
/// <param name="Evaluation">The evaluation files, if the corpus has such a split.</param>
/// <param name="NotRead">Names of files that are not read.</param>
internal sealed record CorpusFiles(string Place, IReadOnlyList<SourceFile> Train, IReadOnlyList<SourceFile> Evaluation, IReadOnlyList<string> NotRead)
{
    private const int DepthMax = 8;

    private static readonly SourceFormat[] Formats = [SourceFormat.JsonLines, SourceFormat.Parquet, SourceFormat.Csv, SourceFormat.Text];

    private static readonly string[] NonTextExtensions = [".part", ".etag", ".sha256", ".tmp"];

    /// <summary>Selects a single file, or files from a folder.</summary>
    /// <exception cref="BadInputException">The folder has no file to read, or cannot be read.</exception>
    public static CorpusFiles At(string path) => Directory.Exists(path) ? InFolder(path) : new CorpusFiles(path, [SourceFile.At(path)], [], []);

    /// <summary>The error for a corpus without training files.</summary>
    public BadInputException MissingTrainingFiles()
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

        // Corpora often contain the same documents in several formats; read one.
        var onlyJson = all.TrueForAll(IsJson);
        var format = Formats.First(f => all.Exists(path => FormatOf(path, onlyJson) == f));
        var bySplit = all.Where(path => FormatOf(path, onlyJson) == format).ToLookup(
            path => SplitNames.Of(Path.GetRelativePath(folder, path)), path => new SourceFile(path, format));
        // If there are evaluation files, files without a split are for training.
        SourceFile[] train = [.. bySplit[bySplit.Contains(Split.Train) ? Split.Train : Split.None]];
        SourceFile[] evaluation = [.. bySplit[bySplit.Contains(Split.Test) ? Split.Test : Split.Validation]];
        var used = train.Concat(evaluation).Select(file => file.Path).ToHashSet();
        return new CorpusFiles(folder, train, evaluation, [.. all.Where(path => !used.Contains(path)).Select(path => Path.GetRelativePath(folder, path))]);
    }

    // A .json file among others is metadata.
    private static SourceFormat? FormatOf(string path, bool onlyJson) =>
        IsJson(path) && !onlyJson ? null : SourceFile.At(path).Format;

    private static bool IsJson(string path) => SourceFile.Ending(path) == ".json";

    private static List<string> Found(string folder)
    {
        try
        {
            // EnumerationOptions skips hidden files by default.
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
        return !NonTextExtensions.Contains(Path.GetExtension(path))
            && !name.StartsWith("README", StringComparison.OrdinalIgnoreCase)
            && !name.StartsWith("LICENSE", StringComparison.OrdinalIgnoreCase);
    }
}
