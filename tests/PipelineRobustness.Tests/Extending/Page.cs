using System.Text.RegularExpressions;
using PipelineRobustness.Tests.Ground;

namespace PipelineRobustness.Tests.Extending;

/// <summary>A page of docs/extending, and the code in it.</summary>
internal static partial class Page
{
    public static readonly string Folder = Path.Combine(Repository.Root, "docs", "extending");

    public static string Text(string name) => File.ReadAllText(Path.Combine(Folder, name));

    /// <summary>Its blocks of code: language and lines.</summary>
    public static IReadOnlyList<(string Language, string Code)> Blocks(string name) =>
        [.. Block().Matches(Text(name)).Select(match => (match.Groups[1].Value, match.Groups[2].Value))];

    /// <summary>Its one block of HOCON.</summary>
    public static string Hocon(string name) => Assert.Single(Blocks(name), block => block.Language == "hocon").Code;

    [GeneratedRegex(@"^```(\w*)\n(.*?)^```$", RegexOptions.Singleline | RegexOptions.Multiline)]
    private static partial Regex Block();
}
