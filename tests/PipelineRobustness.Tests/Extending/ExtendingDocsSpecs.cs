using System.Text.RegularExpressions;
using PipelineRobustness.Tests.Ground;

namespace PipelineRobustness.Tests.Extending;

/// <summary>The files that docs/extending quotes.</summary>
public sealed partial class ExtendingDocsSpecs
{
    public static TheoryData<string> Pages => [.. Directory.EnumerateFiles(Path.Combine(Repository.Root, "docs", "extending"), "*.md")
        .Select(page => Path.GetFileName(page)).Order(StringComparer.Ordinal)];

    /// <summary>A link to the file, a colon, and its whole text.</summary>
    [Theory, MemberData(nameof(Pages))]
    public void A_page_quotes_the_files_that_are_compiled_and_run(string page)
    {
        var folder = Path.Combine(Repository.Root, "docs", "extending");
        var quotes = Quote().Matches(File.ReadAllText(Path.Combine(folder, page)));
        Assert.All(quotes, quote => Assert.Equal(File.ReadAllText(Path.Combine(folder, quote.Groups[1].Value)), quote.Groups[2].Value));
    }

    [GeneratedRegex(@"\]\((\.\./\.\./tests/[^)]+\.cs)\):\n\n```csharp\n(.*?)```", RegexOptions.Singleline)]
    private static partial Regex Quote();
}
