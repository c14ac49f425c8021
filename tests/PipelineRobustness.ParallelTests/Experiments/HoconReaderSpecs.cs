using FsCheck;
using FsCheck.Fluent;
using PipelineRobustness.Experiments.Settings;
using PipelineRobustness.Experiments.Settings.Hocon;
using PipelineRobustness.Models;

namespace PipelineRobustness.Tests.Experiments;

/// <summary>What Akka's reader would silently drop is refused with its line, and every value that is read has a line.</summary>
public sealed class HoconReaderSpecs
{
    /// <summary>Braces of the sample in comments and quotes: they carry no structure.</summary>
    private static readonly string[] Inert = ["{ brace", "} one", "}{ b.txt"];

    private const string Sample =
        """
        # A comment with a { brace, and a "quote.
        seed = 7
        model.preset = gpt2-nano   // another } one
        training { iterations = 40, micro-batches = 8 }
        data { path = "a }{ b.txt", corpus = embedded }
        evaluation = {
          every = 5
        }
        runs = [
          { name = pretrain, training.iterations = 100 }
          { name = both, attack { forward = [{ kind = sign-flip, rate = 0.7 }, { kind = uniform, rate = 0.1 }]
              backward = { kind = gaussian, rate = 1 } } }
        ]
        """;

    [Fact]
    public void A_complete_file_passes_and_every_key_has_its_line()
    {
        var read = HoconReader.Read("a.conf", Sample);
        var both = ((SettingList)read.Find("runs")!).Items[1];
        var attacks = (SettingList)((SettingSection)both).Find("attack.forward")!;
        Assert.Equal(2, read.Find("seed")!.Origin.Line);
        Assert.Equal(4, read.Find("training.micro-batches")!.Origin.Line);
        Assert.Equal(7, read.Find("evaluation.every")!.Origin.Line);
        Assert.Equal(11, ((SettingSection)attacks.Items[1]).Find("rate")!.Origin.Line);
        Assert.Equal(12, ((SettingSection)both).Find("attack.backward.kind")!.Origin.Line);
    }

    [Fact]
    public void Every_file_cut_at_a_brace_or_bracket_is_refused()
    {
        var structural = Structural(Sample);
        var cuts = Gen.Elements<int>(structural).ToArbitrary();
        Check.QuickThrowOnFailure(Prop.ForAll(cuts, at => Refuses(Sample[..at])));
        Assert.All(structural, at => Assert.True(Refuses(Sample[..at]), $"cut at {at}"));
    }

    [Fact]
    public void Every_file_that_lost_one_brace_or_bracket_is_refused()
    {
        var cuts = Gen.Elements<int>(Structural(Sample)).ToArbitrary();
        Check.QuickThrowOnFailure(Prop.ForAll(cuts, at => Refuses(Sample.Remove(at, 1))));
    }

    [Fact]
    public void Any_text_is_read_or_refused_by_one_line_that_names_the_file()
    {
        var pieces = Gen.Elements("a", "b.c", "a = 1\n", "c=", "=", ":", "{", "}", "[", "]", ",",
            "\n", " ", "\"", "\"\"\"", "#", "//", "1", "${", "include ", "\\", "é");
        var texts = pieces.ArrayOf().Select(string.Concat).ToArbitrary();
        Check.One(Config.QuickThrowOnFailure.WithMaxTest(3_000), Prop.ForAll(texts, text =>
        {
            try
            {
                return HoconReader.Read("a.conf", text) is not null;
            }
            catch (BadInputException e)
            {
                return e.Message.StartsWith("a.conf", StringComparison.Ordinal) && !e.Message.Contains('\n', StringComparison.Ordinal);
            }
        }));
    }

    [Fact]
    public void Every_file_of_the_grammar_is_read_with_every_scalar()
    {
        var files = Members(3).ToArbitrary();
        Check.One(Config.QuickThrowOnFailure.WithMaxTest(1_000), Prop.ForAll(
            files, file => Scalars(HoconReader.Read("a.conf", file.Text)) == file.Scalars));
    }

    [Theory]
    [InlineData("seed = {", "a.conf:1: '{': expected .. '}', found none")]
    [InlineData("a = 1\nruns = [1,2", "a.conf:2: '[': expected .. ']', found none")]
    [InlineData("a = 1\nb = \"abc", "a.conf:2: expected .. quote .., found none")]
    [InlineData("a = \"\"\"abc", "a.conf:1: expected .. triple quote, found none")]
    [InlineData("a = 1\n}}", "a.conf:2: expected .., found '}'")]
    [InlineData("a = [1}", "a.conf:1: expected .. 1 .., found '}'")]
    [InlineData("a = 1 b = 2", "a.conf:1: expected .., found '='")]
    [InlineData("runs = [{ name = a } { name = b }]", "a.conf:1: expected .. 1 .., found '{'")]
    [InlineData("a = [1,,2]", "a.conf:1: a[1]: expected a value, found ','")]
    [InlineData("a =\nb = 1", "a.conf:1: a: expected a value, found the end of the line")]
    [InlineData("seed", "a.conf:1: seed: expected .., found the end of the file")]
    [InlineData("include \"b.conf\"", "a.conf:1: expected .., found 'include', which is not supported ..")]
    [InlineData("a = ${b}", "a.conf:1: expected a value, found a substitution ..")]
    [InlineData("a = x//y", "a.conf:1: expected a blank before a comment ..")]
    [InlineData("a = C:/x", "a.conf:1: expected .., found ':'")]
    [InlineData("a = x\\y", "a.conf:1: expected quotes .. '\\', found none")]
    [InlineData("a = 1\n\na = 2", "a.conf:3: a: expected once, found again (first on line 1)")]
    [InlineData("a { b = 1 }\na.b = 2", "a.conf:2: a.b: expected once, found again (first on line 1)")]
    [InlineData("a = 1\na.b = 2", "a.conf:2: a: expected once, found again (first on line 1)")]
    [InlineData("a.b = 2\na = []", "a.conf:2: a: expected .., found both (a.b on line 1)")]
    [InlineData("a += 1", "a.conf:1: a: expected .., found '+'")]
    [InlineData("a = \"\\x\"", "a.conf:1: expected one of .., found \\x")]
    [InlineData("a = \"\\u00g0\"", "a.conf:1: expected four .., found 00g0")]
    [InlineData("a..b = 1", "a.conf:1: expected the name of a setting .., found 'a..b'")]
    public void A_value_that_would_be_lost_silently_is_named_with_its_line(string text, string message)
    {
        var refused = Assert.Throws<BadInputException>(() => HoconReader.Read("a.conf", text));
        Refusal.Like(message, refused.Message);
    }

    [Theory]
    [InlineData("a = 'x'", "'x'")]
    [InlineData("a = \"x # y\" # z", "x # y")]
    [InlineData("a = \"\"\"x \"y\" }\"\"\"", "x \"y\" }")]
    [InlineData("{ \"a\": \"x\" }", "x")]
    [InlineData("a = 5 s // unit", "5 s")]
    [InlineData("a = \" x  y \"  z", "x  y   z")]
    [InlineData("a = null", "")]
    [InlineData("a = \"\\\"\\u0041\"", "\"A")]
    public void Values_are_read_as_written(string text, string value) =>
        Assert.Equal(value, Assert.IsType<SettingText>(HoconReader.Read("a.conf", text).Find("a")).Text);

    [Theory]
    [InlineData("a { b = 1 }, c = 2")]
    [InlineData("runs = [{ a { b = 1 }, c = 2 }, { d { e = \",\" }, f = 1 }]\na.b = 1, c = 2")]
    public void A_comma_after_a_braced_section_separates(string text)
    {
        var read = HoconReader.Read("a.conf", text);
        Assert.Equal(("1", "2"), (Text(read, "a.b"), Text(read, "c")));
        if (read.Find("runs") is SettingList runs)
            Assert.Equal(["1", "2", ",", "1"], [Text(runs.Items[0], "a.b"), Text(runs.Items[0], "c"), Text(runs.Items[1], "d.e"), Text(runs.Items[1], "f")]);
    }

    [Fact]
    public void Deep_nesting_is_refused_and_overflows_no_stack()
    {
        var refused = Assert.Throws<BadInputException>(() => HoconReader.Read("a.conf", "a = " + new string('[', 100_000)));
        Assert.Contains("nested braces and brackets, found more", refused.Message, StringComparison.Ordinal);
    }

    private static int Scalars(SettingNode node) => node switch
    {
        SettingSection section => section.Items.Sum(item => Scalars(item.Value)),
        SettingList list => list.Items.Sum(Scalars),
        _ => 1,
    };

    private static string Text(SettingNode node, string path) => ((SettingText)((SettingSection)node).Find(path)!).Text;

    private static Gen<Written> Members(int depth) =>
        from values in Value(depth).ListOf()
        from ends in Gen.Elements("\n", ", ", " # a }\n", "\n\n", ",\n").ListOf(values.Count)
        from names in Gen.Elements("a.k", "b", "c-d", "\"e\"").ListOf(values.Count)
        from marks in Gen.Elements(" = ", ": ", " ").ListOf(values.Count)
        select new Written(
            string.Concat(values.Select((v, i) => $"{Key(names[i], i)}{(v.Text[0] == '{' ? marks[i] : " = ")}{v.Text}{ends[i]}")),
            values.Sum(v => v.Scalars));

    private static string Key(string name, int number) => name[0] == '"' ? $"{name[..^1]}{number}\"" : $"{name}{number}";

    private static Gen<Written> Value(int depth)
    {
        var scalar = Gen.Elements("1", "-0.5", "sign-flip", "\"x } y\"", "\"\"", "5 s", "\"\"\"{\"\"\"", "/a/b.txt", "1e-3")
            .Select(text => new Written(text, 1));
        if (depth == 0)
            return scalar;

        var section = Members(depth - 1).Select(m => m with { Text = $"{{ {m.Text} }}" });
        var list = from items in Value(depth - 1).ListOf()
                   from end in Gen.Elements(", ", "\n", " ,\n")
                   let last = items.Count > 0 && end != ", " ? end : ""
                   select new Written($"[{string.Join(end, items.Select(i => i.Text))}{last}]", items.Sum(i => i.Scalars));
        return Gen.OneOf(scalar, scalar, section, list);
    }

    private static List<int> Structural(string text)
    {
        var inert = Inert.SelectMany(s => Enumerable.Range(text.IndexOf(s, StringComparison.Ordinal), 2));
        return [.. Enumerable.Range(0, text.Length).Where(i => "{}[]".Contains(text[i], StringComparison.Ordinal)).Except(inert)];
    }

    private static bool Refuses(string text)
    {
        try
        {
            HoconReader.Read("a.conf", text);
            return false;
        }
        catch (BadInputException)
        {
            return true;
        }
    }

    /// <summary>A text, and how many scalars it has.</summary>
    private sealed record Written(string Text, int Scalars);
}
