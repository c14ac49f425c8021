using PipelineRobustness.Models;
using PipelineRobustness.Models.Text;
using PipelineRobustness.Models.Text.Prompts;

namespace PipelineRobustness.Tests.Models;

/// <summary>Files of prompts are read strictly.</summary>
public sealed class PromptFileSpecs : IDisposable
{
    private const string Good = """{"set": "a", "prompt": "1 + 1 =", "expected": " 2"}""";

    private readonly string _path = Path.GetTempFileName();

    public void Dispose() => File.Delete(_path);

    [Fact]
    public void Prompts_are_read_in_order_and_encoded_apart_from_what_is_expected()
    {
        var file = Read($"{Good}\n\n{{\"expected\": \"é\", \"set\": \"b\", \"prompt\": \"x\"}}\r\n");
        Assert.Equal([new("a", "1 + 1 =", " 2"), new Prompt("b", "x", "é")], file.Prompts);
        var encoded = file.Encode(new ByteTokenizer(), longest: 8);
        Assert.Equal([("a", "1 + 1 = 2", 7), ("b", "xé", 1)], encoded.Select(one => (one.Set, new ByteTokenizer().Decode(one.Tokens), one.ExpectedFrom)));
    }

    [Theory]
    [InlineData("", "expected at least one prompt, found none")]
    [InlineData(Good + "\n{", ":2: expected a JSON object, found an error at byte 2")]
    [InlineData("[]", ":1: expected a JSON object, found a list")]
    [InlineData("""{"set": "a", "prompt": "x"}""", ":1: expected a field expected, found none")]
    [InlineData("""{"set": "a", "prompt": 7, "expected": "y"}""", ":1: expected prompt to be a text, found a number")]
    [InlineData("""{"set": "a", "prompt": "", "expected": "y"}""", ":1: expected prompt to be a text, found an empty one")]
    [InlineData("""{"set": "a", "prompt": "x", "expected": "y", "why": "z"}""", ":1: expected the fields set, prompt and expected, found why")]
    [InlineData("""{"set": "a", "set": "a", "prompt": "x", "expected": "y"}""", ":1: expected a JSON object, found an error, such as a duplicate name")]
    [InlineData("""{"set": "a\nb", "prompt": "x", "expected": "y"}""", ":1: expected set to be a name of at most 64 characters on one line, found a b")]
    [InlineData("""{"set": "a", "prompt": "\ud83d", "expected": "y"}""", ":1: expected Unicode, found half a surrogate pair")]
    public void A_line_that_is_no_prompt_is_named(string text, string message)
    {
        var refused = Assert.Throws<BadInputException>(() => Read(text)).Message;
        Assert.StartsWith(_path, refused, StringComparison.Ordinal);
        Assert.EndsWith(message, refused, StringComparison.Ordinal);
        Assert.DoesNotContain('\n', refused);
    }

    [Fact]
    public void A_prompt_that_is_too_long_for_the_model_is_named() => Assert.Equal(
        $"{_path}:2: expected a prompt and its continuation of at most 8 tokens (the model's positions), found 9",
        Assert.Throws<BadInputException>(() => Read($"\n{Good}").Encode(new ByteTokenizer(), longest: 7)).Message);

    private PromptFile Read(string text)
    {
        File.WriteAllText(_path, text);
        return PromptFile.Read(_path);
    }
}
