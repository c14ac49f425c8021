using PipelineRobustness.Models;
using PipelineRobustness.Models.Text.Tokenizers;

namespace PipelineRobustness.Tests.Models;

/// <summary>Patterns from untrusted files.</summary>
public sealed class RegexPreTokenizerSpecs
{
    [Fact]
    public void A_pattern_that_exceeds_the_time_limit_is_refused_with_its_file()
    {
        var preTokenizer = new RegexPreTokenizer("(a+)+$", "tokenizer.json", TimeSpan.FromMilliseconds(1));
        Assert.Equal(
            "tokenizer.json: expected a regular expression that terminates, found one that exceeds the time limit",
            Assert.Throws<BadInputException>(() => preTokenizer.Split(new string('a', 100) + "b", isFirst: true, _ => { })).Message);
    }
}
