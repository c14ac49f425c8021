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
    private static readonly SourceFormat[] Formats = [SourceFormat.JsonLines, SourceFormat.Parquet, SourceFormat.Csv, SourceFormat.Tsv, SourceFormat.Text];

    private static readonly string[] NonTextExtensions = [".part", ".etag", ".sha256", ".tmp"];

    /// <summary>Training files that are evaluation files, too.</summary>
    public IReadOnlyList<string> InBoth { get; init; } = [];

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
        var (all, links) = Found(folder);
        if (all.Count == 0)
            throw new BadInputException($"{folder}: expected files of text (.txt, .jsonl, .csv, .parquet and others), found none");

        // Corpora often contain the same documents in several formats; read one.
        var onlyJson = all.TrueForAll(file => IsJson(file.Path));
        var format = Formats.First(f => all.Exists(file => FormatOf(file.Path, onlyJson) == f));
        var bySplit = all.Where(file => FormatOf(file.Path, onlyJson) == format)
            .ToLookup(file => SplitNames.Of(Path.GetRelativePath(folder, file.Path)));
        // If there are evaluation files, files without a split are for training.
        var train = Once(bySplit[bySplit.Contains(Split.Train) ? Split.Train : Split.None]);
        var evaluation = Once(bySplit[bySplit.Contains(Split.Test) ? Split.Test : Split.Validation]);
        var read = train.Concat(evaluation).ToLookup(file => file.Identity, file => Path.GetRelativePath(folder, file.Path));
        return new CorpusFiles(
            folder, Sources(train), Sources(evaluation), [.. all.Select(NotRead).OfType<string>(), .. links.Select(NotFollowed)])
        {
            InBoth = [.. train.IntersectBy(evaluation.Select(file => file.Identity), file => file.Identity)
                .Select(file => Path.GetRelativePath(folder, file.Path))],
        };

        string NotFollowed((string Path, string Why) link) => $"{Path.GetRelativePath(folder, link.Path)} ({link.Why})";

        string? NotRead(FolderFile file)
        {
            var name = Path.GetRelativePath(folder, file.Path);
            return read[file.Identity].Contains(name) ? null
                : read[file.Identity].FirstOrDefault() is { } same ? $"{name} (the same file as {same})" : name;
        }

        SourceFile[] Sources(IEnumerable<FolderFile> files) => [.. files.Select(file => new SourceFile(file.Path, format))];
    }

    /// <summary>Each file once, by a path without links if there is one, in the order of paths.</summary>
    private static List<FolderFile> Once(IEnumerable<FolderFile> files) =>
        [.. files.OrderBy(file => file.IsLinked).DistinctBy(file => file.Identity).OrderBy(file => file.Path, StringComparer.Ordinal)];

    // A .json file among others is metadata.
    private static SourceFormat? FormatOf(string path, bool onlyJson) =>
        IsJson(path) && !onlyJson ? null : SourceFile.At(path).Format;

    private static bool IsJson(string path) => SourceFile.Ending(path) == ".json";

    private static (List<FolderFile> Files, IReadOnlyList<(string Path, string Why)> Links) Found(string folder)
    {
        try
        {
            var found = FolderFiles.Below(folder);
            return ([.. found.Files.Where(file => IsText(file.Path))], found.NotFollowed);
        }
        catch (Exception e) when (UserFile.IsRefusal(e))
        {
            throw new BadInputException($"{folder}: cannot be read: {e.Message}", e);
        }
    }

    private static bool IsText(string path)
    {
        // README, README.md, README.en.md; not readme-texts.jsonl.
        var stem = Path.GetFileName(path).Split('.')[0];
        return !NonTextExtensions.Contains(Path.GetExtension(path))
            && !stem.Equals("README", StringComparison.OrdinalIgnoreCase)
            && !stem.Equals("LICENSE", StringComparison.OrdinalIgnoreCase);
    }
}
