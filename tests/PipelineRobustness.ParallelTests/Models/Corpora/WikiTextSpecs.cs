using PipelineRobustness.Models.Text.Corpora;
using PipelineRobustness.Models.Text.Corpora.Documents;

namespace PipelineRobustness.Tests.Models;

/// <summary>WikiText's extra spaces are removed, and nothing else.</summary>
public sealed class WikiTextSpecs
{
    [Theory]
    [InlineData(" = Robert Boulter = \n", "= Robert Boulter =")]
    [InlineData(" = = Early life = = ", "== Early life ==")]
    [InlineData(" = = = Awards = = = ", "=== Awards ===")]
    [InlineData(" a tactical role @-@ playing game , sold 20 @,@ 000 times at £ 3 @.@ 50 . ", "a tactical role-playing game, sold 20,000 times at £3.50.")]
    [InlineData(" Senjō no ( Japanese : 戦場 , lit . Valkyria ) , commonly ", "Senjō no (Japanese: 戦場, lit. Valkyria), commonly")]
    [InlineData(" as \" Craig \" in \" Teddy 's Story \" . ", "as \"Craig\" in \"Teddy's Story\".")]
    [InlineData(" It did n't ; they 're the boys ' own ", "It didn't; they're the boys' own")]
    [InlineData(" <unk> = 3 @.@ 5 % of 10 ° ", "<unk> = 3.5% of 10°")]
    [InlineData("x= = = =", "x= ===")]
    [InlineData("= = = x", "=== x")]
    [InlineData("= = = = =", "==== =")]
    [InlineData("already plain, isn't it?", "already plain, isn't it?")]
    [InlineData(" \n", "")]
    public void A_line_is_restored_to_its_original_form(string line, string written) => Assert.Equal(written, WikiText.Detokenise(line));

    [Fact]
    public void A_long_row_of_signs_takes_no_longer_than_other_text()
    {
        var row = string.Concat(Enumerable.Repeat("= ", 300_000)) + "x";
        Assert.Equal(row.Replace(" ", "", StringComparison.Ordinal).Length + 1, WikiText.Detokenise(row).Length);
        Assert.EndsWith("= x", WikiText.Detokenise("y " + row), StringComparison.Ordinal);
    }

    [Fact]
    public void Extra_spaces_are_removed_only_from_WikiText_and_explicit_paths()
    {
        using var place = new CorpusFixture();
        var path = place.Write("wikitext-2/train.txt", "one , two .\n");
        place.Write("wikitext-2/test.txt", "three , four .\n");
        place.Write("arxiv-abstracts/a.jsonl", "{\"abstract\":\"hard ,\\nwrapped .\"}");
        var wikiText = new CorpusRequest { Name = CorpusNames.WikiText2, Folder = place.Folder, Detokenise = true, ValidationShare = 0.5 };
        Assert.Equal(("one, two.", "three, four."), CorpusFixture.Read(wikiText));
        Assert.Equal(("one , two .\n", "three , four .\n"), CorpusFixture.Read(wikiText with { Detokenise = false }));
        var abstracts = wikiText with { Name = CorpusNames.ArxivAbstracts };
        Assert.Equal(("hard ,\nw", "rapped ."), CorpusFixture.Read(abstracts));
        Assert.Equal(("hard ,\nwrapped .", "three, four."), CorpusFixture.Read(abstracts with { EvaluationCorpus = CorpusNames.WikiText2 }));
        var named = wikiText with { Path = path, EvaluationCorpus = CorpusNames.ArxivAbstracts };
        Assert.Equal(("one, two.", "rapped ."), CorpusFixture.Read(named));
    }

    [Theory]
    [InlineData(1)]
    [InlineData(7)]
    [InlineData(1000)]
    public void Nonblank_lines_are_separated_by_an_empty_line_for_any_part_size(int characters)
    {
        const string Text = " \n = A = \n \n One , two . \n";
        var parts = Text.Chunk(characters).Select((chunk, i) => new TextPart(new string(chunk), i == 0)).Append(new TextPart(" B \n", true));
        TextPart[] expected = [new("= A =", true), new("\n\nOne, two.", false), new("B", true)];
        Assert.Equal(expected, WikiText.Detokenise(parts));
    }
}
