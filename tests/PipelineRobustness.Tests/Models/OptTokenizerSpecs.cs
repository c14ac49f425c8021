using PipelineRobustness.Models.Text.Tokenizers;

namespace PipelineRobustness.Tests.Models;

/// <summary>OPT's vocabulary and begin of text.</summary>
public sealed class OptTokenizerSpecs
{
    private const string Separator = "\n__ggml_vocab_test__\n";
    private const string Settings = """
        {"tokenizer_class":"GPT2Tokenizer","add_bos_token":true,"add_prefix_space":false,"unk_token":{"__type":"AddedToken","content":"</s>"},
        "bos_token":{"__type":"AddedToken","content":"</s>","normalized":true},"eos_token":{"__type":"AddedToken","content":"</s>"},"pad_token":"<pad>"}
        """;

    private static string Assets => Path.Combine(Fixtures.Folder, "tokenizer-assets", "opt");

    [Theory]
    [InlineData("tokenizer_config.json", Settings)]
    [InlineData("config.json", """{"model_type":"opt","bos_token_id":2,"eos_token_id":2,"vocab_size":50272}""")]
    [InlineData("merges.txt", null)]
    public void The_published_vocabulary_begins_texts_with_its_third_entry(string name, string? text)
    {
        Fixtures.SkipIfAbsent();
        using var files = new TokenizerFixture(
            ("vocab.json", File.ReadAllText(Path.Combine(Assets, "vocab.json"))), ("merges.txt", File.ReadAllText(Path.Combine(Assets, "merges.txt"))));
        if (text is not null)
            File.WriteAllText(files.PathOf(name), text);
        var tokenizer = files.Open();
        Assert.Equal((2, 2, 50265), (tokenizer.BeginOfText, tokenizer.EndOfText, tokenizer.VocabularySize));
        Assert.Equal([250, 1345, 9, 10, 4758], tokenizer.Encode("A photo of a cat"));
        Assert.Equal([102, 2, 428], tokenizer.Encode("a</s>b"));
        Assert.Equal("</s>A photo", tokenizer.Decode([2, 250, 1345]));
    }

    [Fact]
    public void All_published_cases_of_OPT_hold()
    {
        Fixtures.SkipIfAbsent();
        var tokenizer = TokenizerFolder.Open(Assets)!;
        var texts = File.ReadAllText(Path.Combine(Assets, "ggml-vocab-roberta-bpe.gguf.inp")).Split(Separator);
        var lines = File.ReadAllLines(Path.Combine(Assets, "ggml-vocab-roberta-bpe.gguf.out"));
        var known = texts.Zip(lines).ToList();
        Assert.True(known.Count > 40);
        foreach (var (text, line) in known)
        {
            int[] ids = [.. line.Split(' ', StringSplitOptions.RemoveEmptyEntries).Select(int.Parse)];
            Assert.Equal(ids, tokenizer.Encode(text));
            Assert.Equal(text, tokenizer.Decode(ids));
        }
    }

    [Fact]
    public void OPT_is_recognized_by_its_first_entries_alone()
    {
        using var files = new TokenizerFixture(("vocab.json", TokenizerFixture.Vocabulary("<s>", "<pad>", "</s>", "<unk>", "a", "b")), ("merges.txt", ""));
        var tokenizer = files.Open();
        Assert.Equal((2, 2), (tokenizer.BeginOfText, tokenizer.EndOfText));
        Assert.Equal([4, 2, 5], tokenizer.Encode("a</s>b"));
    }
}
