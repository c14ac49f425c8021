using System.Text.RegularExpressions;

namespace PipelineRobustness.Tests.Ground;

/// <summary>Plain words: a noun where a pronoun stood, no archaisms. docs/glossary.md has the project's own.</summary>
public sealed partial class LanguageSpecs
{
    private static readonly string[] Folders = ["src", "tests", "docs", "hocon", "samples"];

    private static readonly string[] Files = ["README.md", "run-cluster.sh", ".ci/run"];

    [Fact]
    public void Text_uses_plain_words()
    {
        var found = Folders.SelectMany(Written).Concat(Files)
            .SelectMany(file => Repository.Read(file).Split('\n').Select((line, index) => (Where: $"{file}({index + 1})", Line: line)))
            .Where(line => Banned().IsMatch(Words(line.Line))).Select(line => $"{line.Where}: {line.Line.Trim()}").ToList();
        Assert.True(found.Count == 0, string.Join('\n', found));
    }

    // Names are words as well: Each_name_of_a_test, and eachPartOfAnIdentifier.
    private static string Words(string line) => Hump().Replace(line.Replace('_', ' '), " ");

    private static IEnumerable<string> Written(string folder) =>
        Directory.EnumerateFiles(Path.Combine(Repository.Root, folder), "*", SearchOption.AllDirectories)
            .Select(file => Path.GetRelativePath(Repository.Root, file).Replace('\\', '/'))
            .Where(file => Text().IsMatch(file) && !Built().IsMatch(file));

    // A bracket in each word, so that these lines do not find themselves. The option --struck and its folder keep their name.
    [GeneratedRegex(@"\b([w]hoever|[w]homever|[w]homsoever|[w]hom|[b]efall(s|en)?|[b]efell|[a]new|[b]eside|[a]s it were|[f]or want of)\b"
        + @"|\b([i]s|[a]re) told\b|\b[t]hat is none\b|\b[g]oes on (with|from|to|behind|where|over)\b|\b[h]as got\b|\b[i]s no more\b"
        + @"|(?<![-/""\w])[s]truck(?![-/""\w])", RegexOptions.IgnoreCase)]
    private static partial Regex Banned();

    [GeneratedRegex("(?<=[a-z0-9])(?=[A-Z])")]
    private static partial Regex Hump();

    [GeneratedRegex(@"\.(cs|md|conf|sh|props|targets|csproj)$")]
    private static partial Regex Text();

    [GeneratedRegex("/(bin|obj|TestResults)/")]
    private static partial Regex Built();
}
