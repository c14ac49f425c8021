using PipelineRobustness.Models;
using PipelineRobustness.Models.Text.Tokenizers;

namespace PipelineRobustness.Tests.Models;

/// <summary>vocab.json and merges.txt from careless and untrusted sources.</summary>
public sealed class VocabularyAndMergesTokenizerSpecs
{
    private const string Merges = "#version: 0.2\na b\n";

    [Fact]
    public void A_folder_without_tokenizer_files_has_no_tokenizer()
    {
        using var files = new TokenizerFixture(("config.json", "{}"));
        Assert.Null(TokenizerFolder.Open(files.Folder));
        Assert.Null(TokenizerFolder.Open(files.PathOf("absent")));
    }

    [Theory]
    [InlineData("tokenizer.model")]
    [InlineData("vocab.txt")]
    public void An_unsupported_kind_of_tokenizer_is_refused_by_its_file(string name)
    {
        using var files = new TokenizerFixture((name, "?"));
        Assert.StartsWith(files.PathOf(name) + ": expected tokenizer.json", files.Refusal());
    }

    [Fact]
    public void An_unknown_piece_is_an_error_if_there_is_no_unknown_token()
    {
        using var files = new TokenizerFixture(("vocab.json", TokenizerFixture.Vocabulary("a", "b", "ab")), ("merges.txt", Merges));
        var tokenizer = files.Open();
        Assert.Null(tokenizer.Unknown);
        Assert.Equal([2, 0], tokenizer.Encode("aba"));
        Assert.Equal(
            $"{files.Folder}: expected a vocabulary that covers the text, or an unk_token, found neither for \"c\" in \"abc\"",
            Assert.Throws<BadInputException>(() => tokenizer.Encode("abc")).Message);
        Assert.EndsWith("found neither for the bytes C3 in \"abé\"", Assert.Throws<BadInputException>(() => tokenizer.Encode("abé")).Message);
    }

    [Theory]
    [InlineData("tokenizer_config.json", """{"unk_token":"?"}""")]
    [InlineData("special_tokens_map.json", """{"unk_token":{"content":"?","normalized":true}}""")]
    public void Each_unknown_piece_becomes_the_configured_unknown_token(string name, string text)
    {
        using var files = new TokenizerFixture(
            ("vocab.json", TokenizerFixture.Vocabulary("a", "b", "ab", "?", "c", "Ġ")), ("merges.txt", Merges + "Ġ c\n"), (name, text));
        var tokenizer = files.Open();
        Assert.Equal(3, tokenizer.Unknown);
        Assert.Equal([2, 3, 0, 3, 3], tokenizer.Encode("abxaé"));
        // The merges produce "Ġc", which is not in the vocabulary.
        Assert.Equal([0, 3, 5, 5, 3], tokenizer.Encode("a c   c"));
    }

    [Theory]
    [InlineData("tokenizer_config.json", """{"unk_token":"<unk>"}""", "unk_token")]
    [InlineData("special_tokens_map.json", """{"eos_token":{"content":"<end>"}}""", "eos_token")]
    [InlineData("special_tokens_map.json", """{"eos_token":5}""", "eos_token")]
    [InlineData("tokenizer_config.json", """{"add_prefix_space":1}""", "add_prefix_space")]
    [InlineData("added_tokens.json", """{"x":0}""", "\"a\" has it")]
    [InlineData("added_tokens.json", "[]", "a JSON object")]
    [InlineData("vocab.json", """{"a":0,"b":0}""", "b: expected an id that no other entry has")]
    [InlineData("vocab.json", """{"a":-1}""", "from 0 to")]
    [InlineData("vocab.json", """{"a":2147483647}""", "from 0 to")]
    [InlineData("vocab.json", """{"a":1e99}""", "from 0 to")]
    [InlineData("vocab.json", """{"a":0,"a":1}""", "a duplicate name")]
    [InlineData("vocab.json", """{"a":"0"}""", "a whole number")]
    [InlineData("vocab.json", "{}", "a vocabulary")]
    [InlineData("vocab.json", "[1]", "a JSON object")]
    [InlineData("vocab.json", "{\"a\":", "JSON")]
    [InlineData("vocab.json", "", "JSON")]
    [InlineData("merges.txt", "a b\nab\n", "line 2")]
    [InlineData("merges.txt", "a b c\n", "line 1")]
    [InlineData("merges.txt", " a\n", "line 1")]
    public void An_invalid_file_is_refused_with_the_invalid_value(string name, string text, string found)
    {
        using var files = new TokenizerFixture(("vocab.json", TokenizerFixture.Vocabulary("a", "b", "ab")), ("merges.txt", Merges));
        Assert.Equal([2], files.Open().Encode("ab"));
        File.WriteAllText(files.PathOf(name), text);
        var message = files.Refusal();
        Assert.StartsWith(files.PathOf(name) + ": ", message);
        Assert.Contains(found, message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("vocab.json", "merges.txt")]
    [InlineData("merges.txt", "vocab.json")]
    public void A_vocabulary_without_merges_or_the_reverse_is_an_error(string there, string absent)
    {
        using var files = new TokenizerFixture((there, """{"a":0}"""));
        Assert.StartsWith(files.PathOf(absent) + ": ", files.Refusal());
    }

    [Fact]
    public void A_file_over_the_size_limit_is_not_read()
    {
        using var files = new TokenizerFixture(("merges.txt", ""));
        using (var file = File.Create(files.PathOf("vocab.json")))
            file.SetLength((100L << 20) + 1);
        Assert.Contains("expected at most 104857600 bytes", files.Refusal(), StringComparison.Ordinal);
    }

    [Fact]
    public void Blank_lines_carriage_returns_gaps_and_duplicate_merges_are_accepted()
    {
        using var files = new TokenizerFixture(
            ("vocab.json", """{"a":3,"b":7,"ab":1000,"aba":2}"""), ("merges.txt", "#version: 0.2\r\n\r\nab a\r\na b\r\na b\r\n"));
        var tokenizer = files.Open();
        Assert.Equal(1001, tokenizer.VocabularySize);
        Assert.Equal([2, 7], tokenizer.Encode("abab"));
        Assert.Equal("abab", tokenizer.Decode([2, 7]));
        Assert.Throws<ArgumentOutOfRangeException>(() => tokenizer.Decode([4]));
    }

    [Fact]
    public void Added_tokens_are_read_from_every_file_that_lists_them()
    {
        using var files = new TokenizerFixture(
            ("vocab.json", TokenizerFixture.Vocabulary("a", "b", "<end>")), ("merges.txt", ""), ("added_tokens.json", """{"<x>":3}"""),
            ("tokenizer_config.json", """{"eos_token":"<end>","added_tokens_decoder":{"5":{"content":"<y>","rstrip":true}}}"""),
            ("special_tokens_map.json", """{"additional_special_tokens":["b"]}"""));
        var tokenizer = files.Open();
        Assert.Equal((2, 6), (tokenizer.EndOfText, tokenizer.VocabularySize));
        Assert.Equal([3, 0, 5, 1, 2], tokenizer.Encode("<x>a<y>  b<end>"));
    }

    [Fact]
    public void A_tokenizer_s_identity_changes_if_its_ids_do()
    {
        using var files = new TokenizerFixture(("vocab.json", TokenizerFixture.Vocabulary("a", "b", "ab")), ("merges.txt", Merges));
        var identities = new List<string> { files.Open().Identity };
        Assert.Equal(identities[0], files.Open().Identity);
        File.WriteAllText(files.PathOf("merges.txt"), "#version: 0.2\n");
        identities.Add(files.Open().Identity);
        File.WriteAllText(files.PathOf("tokenizer_config.json"), """{"unk_token":"a"}""");
        identities.Add(files.Open().Identity);
        File.WriteAllText(files.PathOf("vocab.json"), TokenizerFixture.Vocabulary("b", "a", "ab"));
        identities.Add(files.Open().Identity);
        File.WriteAllText(files.PathOf("config.json"), """{"model_type":"opt"}""");
        identities.Add(files.Open().Identity);
        identities.Add(files.Open(matchesAddedTokens: false).Identity);
        Assert.Equal(identities.Count, identities.Distinct().Count());
    }
}
