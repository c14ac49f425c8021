using System.Text.RegularExpressions;

namespace PipelineRobustness.Tests.Ground;

/// <summary>A test's name is a plain sentence that starts with its subject.</summary>
public sealed partial class TestNameSpecs
{
    private const int LengthMax = 80;

    private static readonly string[] Names =
    [
        .. Directory.EnumerateFiles(Path.Combine(Repository.Root, "tests"), "*Specs*.cs", SearchOption.AllDirectories)
            .SelectMany(file => Test().Matches(File.ReadAllText(file))).Select(match => match.Groups[1].Value),
    ];

    [Fact]
    public void Names_are_found() => Assert.True(Names.Length > 800, $"{Names.Length}");

    [Fact]
    public void A_name_is_short() => Assert.DoesNotContain(Names, name => name.Length > LengthMax);

    [Fact]
    public void A_name_starts_with_its_subject() => Assert.DoesNotContain(Names, name => Pronoun().IsMatch(name));

    [Fact]
    public void A_name_has_nouns_in_place_of_pronouns() => Assert.DoesNotContain(Names, name => Anywhere().IsMatch(name.Replace('_', ' ')));

    [GeneratedRegex(@"\[(?:Fact|Theory)\b[^\n]*\](?:\s*\[[^\n]*\])*\s*(?:public )(?:async )?(?:Task|void) (\w+)\(")]
    private static partial Regex Test();

    [GeneratedRegex(@"\b([w]hoever|[w]hatever|[w]hichever|[w]hom|[n]obody|[s]omebody|[a]nybody|[t]old)\b", RegexOptions.IgnoreCase)]
    private static partial Regex Anywhere();

    [GeneratedRegex("^(Who|[W]hom|Whose|[W]hoever|What|Whatever|Where|Wherever|Nobody|Somebody|It|Its|So|Those|These|They)_")]
    private static partial Regex Pronoun();
}
