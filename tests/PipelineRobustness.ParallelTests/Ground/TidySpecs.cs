using System.Text.RegularExpressions;

namespace PipelineRobustness.Tests.Ground;

/// <summary>The style law that no compiler checks. Each failure names file and line.</summary>
public sealed partial class TidySpecs
{
    private const int LinesMax = 400;
    private const string ColumnsMax = "160";

    private static readonly string[] Folders = ["src", "tests", "samples", "docs", "hocon", ".ci"];

    [Fact]
    public void Files_are_found() => Assert.True(Lines("src", ".cs").Count() > 1000);

    [Fact]
    public void A_file_is_short() =>
        Assert.Empty(Code().GroupBy(line => line.File).Where(file => file.Count() >= LinesMax).Select(file => $"{file.Key}: {file.Count()} lines"));

    // Where a stage of a real process is made to hang.
    private const string SleepsOnPurpose = "LinuxProcessControl.cs";

    [Fact]
    public void A_line_fits_on_the_screen() => Nowhere(Text().Where(line => !line.File.Contains("/Transcripts/", StringComparison.Ordinal)), TooWide());

    [Fact]
    public void Lines_have_no_tab_trailing_space_or_carriage_return() => Nowhere(Text(), Blank());

    [Fact]
    public void A_file_ends_with_one_line_feed() =>
        Assert.All(TextFiles(), file => Assert.True(EndsWell(Repository.Read(file)), file));

    [Fact]
    public void Code_has_no_unfinished_parts() => Nowhere(Code(), Unfinished());

    [Fact]
    public void The_product_uses_no_wall_clock_sleep_or_shared_randomness() =>
        Nowhere(Lines("src", ".cs").Where(line => Path.GetFileName(line.File) != SleepsOnPurpose), Impure());

    [Fact]
    public void Files_name_no_path_of_one_machine() => Nowhere(Text(), MachinePath());

    /// <summary>The defence does not even contain the terms.</summary>
    [Fact]
    public void Pipeline_has_no_words_for_attacks() =>
        Nowhere(Lines("src/PipelineRobustness.Pipeline", ".cs"), Hostile());

    [Fact]
    public void No_test_is_skipped_for_good() => Nowhere(Lines("tests", ".cs"), Skipped());

    private static void Nowhere(IEnumerable<Line> lines, Regex law)
    {
        var breaches = lines.Where(line => law.IsMatch(line.Text)).ToList();
        Assert.True(breaches.Count == 0, string.Join('\n', breaches));
    }

    private static IEnumerable<Line> Code() => Lines("src", ".cs").Concat(Lines("tests", ".cs"));

    private static IEnumerable<Line> Text() => TextFiles().SelectMany(In);

    private static IEnumerable<Line> Lines(string folder, string ending) => Files(folder, SearchOption.AllDirectories)
        .Where(file => file.EndsWith(ending, StringComparison.Ordinal)).SelectMany(In);

    private static IEnumerable<Line> In(string file) => Repository.Read(file).Split('\n').Select((text, index) => new Line(file, index + 1, text));

    /// <summary>Files written by people: the project's folders and the top level, not a run's output next to them.</summary>
    private static IEnumerable<string> TextFiles() => Folders.SelectMany(folder => Files(folder, SearchOption.AllDirectories))
        .Concat(Files(".", SearchOption.TopDirectoryOnly)).Where(file => Written().IsMatch(file));

    /// <summary>The files of a folder, without what a build leaves there.</summary>
    private static IEnumerable<string> Files(string folder, SearchOption depth) =>
        Directory.EnumerateFiles(Path.Combine(Repository.Root, folder), "*", depth)
            .Select(file => Path.GetRelativePath(Repository.Root, file).Replace('\\', '/'))
            .Where(file => !Left().IsMatch(file));

    private static bool EndsWell(string text) => text.Length == 0 || (text.EndsWith('\n') && !text.EndsWith("\n\n", StringComparison.Ordinal));

    /// <summary>A row of a table, in a document or of cases to test, may be as wide as it needs.</summary>
    [GeneratedRegex("^(?!\\|| *\\[InlineData).{" + ColumnsMax + "}.")]
    private static partial Regex TooWide();

    // The words are written with a bracket in them, so that these lines do not find themselves.
    [GeneratedRegex(@"[T]ODO|[F]IXME|[N]otImplementedException|[P]laceholder|[p]laceholder|[f]or now\b")]
    private static partial Regex Unfinished();

    [GeneratedRegex(@"DateTime(Offset)?\.(Utc)?Now|Thread\.Sleep|Task\.Delay|Random\.Shared|new Random\(|manual_seed")]
    private static partial Regex Impure();

    [GeneratedRegex(@"(?<![\w.])/[h]ome/|(?<![\w.])/[r]oot/|(?<![\w.])/[U]sers/|(?<![\w.])/[w]ork/|(?<![\w.])/[t]mp/|\b[C]:\\")]
    private static partial Regex MachinePath();

    [GeneratedRegex("attack|adversar", RegexOptions.IgnoreCase)]
    private static partial Regex Hostile();

    [GeneratedRegex(@"\b[S]kip *= *""")]
    private static partial Regex Skipped();

    [GeneratedRegex(@"[\t\r]|\s$")]
    private static partial Regex Blank();

    [GeneratedRegex(@"/(bin|obj|TestResults)/")]
    private static partial Regex Left();

    [GeneratedRegex(@"/.*\.(cs|csproj|props|targets|conf|md|sh|txt|css)$|^\.ci/run$|^(README\.md|run-cluster\.sh|\.editorconfig|\.gitattributes|\.gitignore)$")]
    private static partial Regex Written();

    private sealed record Line(string File, int Number, string Text)
    {
        public override string ToString() => $"{File}({Number}): {Text.Trim()}";
    }
}
