using System.Text.RegularExpressions;
using PipelineRobustness.Models.Text.Corpora.Sources;

namespace PipelineRobustness.Models.Text.Corpora;

/// <summary>A published split of a corpus.</summary>
internal enum Split
{
    /// <summary>The file name indicates no split.</summary>
    None,

    /// <summary>For training.</summary>
    Train,

    /// <summary>For model selection.</summary>
    Validation,

    /// <summary>For the final evaluation.</summary>
    Test,
}

/// <summary>Determines splits from names: train.txt, wiki.valid.tokens, test-00000-of-00001.parquet, a folder called train.</summary>
internal static partial class SplitNames
{
    /// <summary>The split indicated by a path within the corpus's folder.</summary>
    public static Split Of(string relative)
    {
        var match = InStem().Match(SourceFile.Stem(relative));
        if (match.Success) return Named(match.Groups["word"].Value);

        return OfFolder(Path.GetDirectoryName(relative)!);
    }

    /// <summary>The split indicated by a folder's path within the corpus's folder.</summary>
    public static Split OfFolder(string relative) =>
        relative.Split(Path.DirectorySeparatorChar).Reverse().Select(Named).FirstOrDefault(split => split != Split.None);

    /// <summary>The name that the corresponding training file would have.</summary>
    public static string AsTrain(string relative) => Word().Replace(relative, "train");

    private static Split Named(string word) => word.ToLowerInvariant() switch
    {
        "train" or "training" => Split.Train,
        "valid" or "validation" or "val" or "dev" => Split.Validation,
        "test" => Split.Test,
        _ => Split.None,
    };

    /// <summary>The last word of a name, ignoring part numbers.</summary>
    [GeneratedRegex(@"(?:^|[-_.])(?<word>train|training|valid|validation|val|dev|test)(?:[-_.]?\d{1,6}(?:-of-\d{1,6})?)?$", RegexOptions.IgnoreCase)]
    private static partial Regex InStem();

    [GeneratedRegex("train|training|validation|valid|val|dev|test", RegexOptions.IgnoreCase)]
    private static partial Regex Word();
}
