using System.Text.RegularExpressions;
using PipelineRobustness.Tests.Ground;

namespace PipelineRobustness.Tests.Extending;

/// <summary>All code on the pages of docs/extending is compiled and run.</summary>
public sealed partial class ExtendingDocsSpecs
{
    private static readonly string Tests = Path.Combine(Repository.Root, "tests", "PipelineRobustness.Tests", "Extending");

    public static TheoryData<string> Pages =>
        [.. Directory.EnumerateFiles(Page.Folder, "*.md").Select(page => Path.GetFileName(page)).Order(StringComparer.Ordinal)];

    /// <summary>A link to the file, a colon, and its whole text.</summary>
    [Theory, MemberData(nameof(Pages))]
    public void A_page_quotes_the_files_that_are_compiled_and_run(string page)
    {
        var quotes = Quote().Matches(Page.Text(page));
        Assert.NotEmpty(quotes);
        Assert.All(quotes, quote => Assert.Equal(File.ReadAllText(Path.Combine(Page.Folder, quote.Groups[1].Value)), quote.Groups[2].Value));
    }

    [Theory, MemberData(nameof(Pages))]
    public void Other_code_of_a_page_stands_in_its_specs(string page)
    {
        var specs = Lines(File.ReadAllText(Path.Combine(Tests, $"{SpecsOf().Match(Page.Text(page)).Groups[1].Value}.cs")));
        var quoted = Quote().Matches(Page.Text(page)).Select(quote => quote.Groups[2].Value).ToHashSet();
        foreach (var (language, code) in Page.Blocks(page).Where(block => !quoted.Contains(block.Code)))
        {
            Assert.Contains(language, (string[])["csharp", "hocon"]);
            Assert.Contains(language == "csharp" ? Lines(code) : $"Page.Hocon(\"{page}\")", specs, StringComparison.Ordinal);
        }
    }

    [Fact]
    public void The_lines_that_add_to_the_catalogs_are_run()
    {
        var code = Assert.Single(Page.Blocks("../extending.md")).Code;
        Assert.Contains(Lines(code), Lines(File.ReadAllText(Path.Combine(Tests, "PluggedIn.cs"))), StringComparison.Ordinal);
    }

    private static string Lines(string code) => string.Join('\n', code.Trim().Split('\n').Select(line => line.Trim()));

    [GeneratedRegex(@"\]\((\.\./\.\./tests/[^)]+\.cs)\):\n\n```csharp\n(.*?)```", RegexOptions.Singleline)]
    private static partial Regex Quote();

    [GeneratedRegex(@"`(Extending\w+Specs)`")]
    private static partial Regex SpecsOf();
}
