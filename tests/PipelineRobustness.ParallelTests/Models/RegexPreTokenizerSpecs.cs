using PipelineRobustness.Models;
using PipelineRobustness.Models.Text.Tokenizers;

namespace PipelineRobustness.Tests.Models;

/// <summary>Patterns come from files of anybody.</summary>
public sealed class RegexPreTokenizerSpecs
{
    [Fact]
    public void A_pattern_that_does_not_come_to_an_end_is_a_line_that_names_its_file()
    {
        var preTokenizer = new RegexPreTokenizer("(a+)+$", "tokenizer.json", TimeSpan.FromMilliseconds(1));
        Assert.Equal(
            "tokenizer.json: expected a regular expression that terminates, found one that exceeds the time limit",
            Assert.Throws<BadInputException>(() => preTokenizer.Split(new string('a', 100) + "b", isFirst: true, _ => { })).Message);
    }
}
