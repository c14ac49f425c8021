namespace PipelineRobustness.Tests.Models;

/// <summary>Small tokenizer files like those of BLOOM and LLaMA; the expected ids were determined by hand.</summary>
public sealed class TokenizerJsonSpecs
{
    private const string BloomPattern = @" ?[^(\\s|[.,!?…。，、।۔،])]+";
    private const string Llama3Pattern = @"(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\\r\\n\\p{L}\\p{N}]?\\p{L}+|\\p{N}{1,3}| ?[^\\s\\p{L}\\p{N}]+[\\r\\n]*|"
        + @"\\s*[\\r\\n]+|\\s+(?!\\S)|\\s+";

    private const string Added = """
        [{"id":0,"content":"<unk>","single_word":false,"lstrip":false,"rstrip":false,"normalized":false,"special":true},
         {"id":1,"content":"<s>","lstrip":false,"rstrip":false,"normalized":false,"special":true},
         {"id":2,"content":"</s>","lstrip":false,"rstrip":false,"normalized":false,"special":true}]
        """;

    private const string Template = """
        {"type":"TemplateProcessing","single":[{"SpecialToken":{"id":"<s>","type_id":0}},{"Sequence":{"id":"A","type_id":0}}]}
        """;

    private const string Llama2Model = """
        {"type":"BPE","dropout":null,"unk_token":"<unk>","continuing_subword_prefix":null,"end_of_word_suffix":null,"fuse_unk":true,"byte_fallback":true,
        "vocab":{"<unk>":0,"<s>":1,"</s>":2,"<0xC3>":3,"<0xA9>":4,"▁":5,"a":6,"b":7,"▁a":8,"▁ab":9,"ab":10},"merges":["▁ a","a b","▁a b"]}
        """;

    private const string Llama2Decoder = """
        {"type":"Sequence","decoders":[{"type":"Replace","pattern":{"String":"▁"},"content":" "},{"type":"ByteFallback"},{"type":"Fuse"},
        {"type":"Strip","content":" ","start":1,"stop":0}]}
        """;

    private const string Llama2Normalizer = """
        {"type":"Sequence","normalizers":[{"type":"Prepend","prepend":"▁"},{"type":"Replace","pattern":{"String":" "},"content":"▁"}]}
        """;

    [Fact]
    public void Bloom_splits_text_by_its_own_pattern()
    {
        using var files = Of(Split(BloomPattern), """
            {"type":"BPE","unk_token":null,"vocab":{"<unk>":0,"<s>":1,"</s>":2,"a":3,"b":4,"Ġ":5,",":6,"(":7,"ab":8,"Ġab":9,"b,":10,"b(":11},
            "merges":[["b",","],["b","("],["a","b"],["Ġ","ab"]]}
            """);
        File.WriteAllText(files.PathOf("tokenizer_config.json"), """{"eos_token":"</s>","bos_token":"<s>","unk_token":"<unk>","add_prefix_space":false}""");
        var tokenizer = files.Open();
        Assert.Equal([8, 9, 6, 8, 7, 4], tokenizer.Encode("ab ab,ab(b"));
        Assert.Equal("ab ab,ab(b</s>", tokenizer.Decode([8, 9, 6, 8, 7, 4, 2]));
        Assert.Equal((null, 2, 0, 12), (tokenizer.BeginOfText, tokenizer.EndOfText, tokenizer.Unknown, tokenizer.VocabularySize));
    }

    [Fact]
    public void Llama_3_encodes_pieces_in_the_vocabulary_as_a_whole()
    {
        using var files = Of(Split(Llama3Pattern), """
            {"type":"BPE","ignore_merges":true,"vocab":{"<unk>":0,"<s>":1,"</s>":2,"a":3,"b":4,"1":5,"11":6,"Ġ":7,"aba":8,"'":9,"S":10,"'S":11,"ba":12},
            "merges":["1 1","b a","' S"]}
            """, postProcessor: $$"""{"type":"Sequence","processors":[{"type":"ByteLevel"},{{Template}}]}""");
        var tokenizer = files.Open();
        Assert.Equal(1, tokenizer.BeginOfText);
        Assert.Equal([8, 7, 3, 12], tokenizer.Encode("aba aba"));
        Assert.Equal([6, 5, 6], tokenizer.Encode("11111"));
        Assert.Equal([3, 11, 4], tokenizer.Encode("a'Sb"));
    }

    [Fact]
    public void Llama_2_marks_spaces_and_falls_back_to_bytes()
    {
        using var files = Of("null", Llama2Model, Llama2Normalizer, Template, Llama2Decoder);
        File.WriteAllText(files.PathOf("special_tokens_map.json"), """{"eos_token":{"content":"</s>"}}""");
        var tokenizer = files.Open();
        Assert.Equal((1, 2, 0, 11), (tokenizer.BeginOfText, tokenizer.EndOfText, tokenizer.Unknown, tokenizer.VocabularySize));
        Assert.Equal([9, 9], tokenizer.Encode("ab ab"));
        Assert.Equal([8, 3, 4, 7], tokenizer.Encode("aéb"));
        Assert.Equal([5, 0, 6], tokenizer.Encode("字\U0001F600a"));
        Assert.Equal([5, 5, 8], tokenizer.Encode("  a"));
        Assert.Equal([9, 2, 9, 1], tokenizer.Encode("ab</s>ab<s>"));
        Assert.Equal([], tokenizer.Encode(""));
        Assert.Equal("ab ab", tokenizer.Decode([9, 9]));
        Assert.Equal("<s> aé", tokenizer.Decode([1, 8, 3, 4]));
        Assert.Equal("\uFFFD\uFFFDa", tokenizer.Decode([4, 3, 6]));
    }

    [Theory]
    [InlineData("always", false, new[] { 9, 2, 9, 9 })]
    [InlineData("first", false, new[] { 9, 2, 10, 9 })]
    [InlineData("never", false, new[] { 10, 2, 10, 9 })]
    [InlineData("first", true, new[] { 9, 2, 10, 9 })]
    public void Metaspace_marks_the_first_word_according_to_its_scheme(string scheme, bool splits, int[] ids)
    {
        var metaspace = $$"""{"type":"Metaspace","replacement":"▁","prepend_scheme":"{{scheme}}","split":{{(splits ? "true" : "false")}}}""";
        using var files = Of(metaspace, Llama2Model, decoder: metaspace);
        var tokenizer = files.Open();
        Assert.Equal(ids, tokenizer.Encode("ab</s>ab ab"));
    }

    [Fact]
    public void Added_tokens_match_longest_first_and_strip_white_space_as_configured()
    {
        using var files = Of(Split(Llama3Pattern), """{"type":"BPE","vocab":{"a":3,"Ġ":4},"merges":[]}""", added: """
            [{"id":5,"content":"<a>"},{"id":6,"content":"<a><a>"},{"id":7,"content":"<m>","lstrip":true},
             {"id":8,"content":"<r>","rstrip":true,"normalized":true}]
            """);
        var tokenizer = files.Open();
        Assert.Equal([6, 5, 3, 7, 4, 3, 8, 3], tokenizer.Encode("<a><a><a>a  <m> a<r>  a"));
        Assert.Equal("<a>a", tokenizer.Decode([5, 3]));
        Assert.Equal(9, tokenizer.VocabularySize);
        using var plain = Of(Split(Llama3Pattern), """{"type":"BPE","vocab":{"a":3,"<":4,">":5},"merges":[]}""", added: """[{"id":6,"content":"<a>"}]""");
        Assert.Equal([4, 3, 5], plain.Open(matchesAddedTokens: false).Encode("<a>"));
        Assert.NotEqual(plain.Open().Identity, plain.Open(matchesAddedTokens: false).Identity);
    }

    [Theory]
    [InlineData("model", """{"type":"WordPiece","vocab":{"a":0}}""", "WordPiece")]
    [InlineData("model", """{"type":"Unigram","vocab":[["a",0.0]]}""", "Unigram")]
    [InlineData("model", """{"type":"BPE","vocab":{"a":0},"merges":[],"dropout":0.1}""", "0.1")]
    [InlineData("model", """{"type":"BPE","vocab":{"a":0},"merges":[],"end_of_word_suffix":"</w>"}""", "</w>")]
    [InlineData("model", """{"type":"BPE","vocab":{"a":0},"merges":[],"unk_token":"<unk>"}""", "<unk>")]
    [InlineData("model", """{"type":"BPE","vocab":{"a":0,"b":1},"merges":["a b"]}""", "\"ab\" is not in it")]
    [InlineData("model", """{"type":"BPE","vocab":{"a":0,"b":1},"merges":[["a"]]}""", "merges[0]")]
    [InlineData("model", """{"type":"BPE","vocab":{"a":0,"b":0},"merges":[]}""", "model.vocab.b")]
    [InlineData("model", """{"type":"BPE","vocab":{"a":0,"":0},"merges":[]}""", "model.vocab.: ")]
    [InlineData("model", """{"type":"BPE","vocab":{"a":0,"[UNK]":0},"merges":[]}""", "model.vocab.[UNK]: ")]
    [InlineData("model", """{"type":"BPE","merges":[]}""", "vocab")]
    [InlineData("normalizer", """{"type":"NFC"}""", "NFC")]
    [InlineData("normalizer", """{"type":"Sequence","normalizers":[{"type":"Lowercase"}]}""", "Lowercase")]
    [InlineData("normalizer", """{"type":"Replace","pattern":{"Regex":" +"},"content":"▁"}""", "pattern")]
    [InlineData("pre_tokenizer", """{"type":"BertPreTokenizer"}""", "BertPreTokenizer")]
    [InlineData("pre_tokenizer", """{"type":"Split","pattern":{"Regex":"a"},"behavior":"Removed"}""", "Removed")]
    [InlineData("pre_tokenizer", """{"type":"Split","pattern":{"Regex":"\\p{Han}"},"behavior":"Isolated"}""", "Han")]
    [InlineData("pre_tokenizer", """{"type":"Split","pattern":{"Regex":"a++"},"behavior":"Isolated"}""", "++")]
    [InlineData("pre_tokenizer", """{"type":"Split","pattern":{"Regex":"[a&&b]"},"behavior":"Isolated"}""", "&&")]
    [InlineData("pre_tokenizer", """{"type":"Split","pattern":{"Regex":"(a"},"behavior":"Isolated"}""", "(a")]
    [InlineData("decoder", """{"type":"WordPiece"}""", "WordPiece")]
    [InlineData("added_tokens", """[{"id":0,"content":"b"}]""", "\"a\" has it")]
    [InlineData("added_tokens", """[{"id":4,"content":"b","single_word":true}]""", "single_word")]
    public void Unsupported_settings_are_refused_by_name(string field, string value, string named)
    {
        using var files = new TokenizerFixture();
        string[] others = [.. Whole.Where(one => one.Field != field).Select(one => $"\"{one.Field}\":{one.Value}")];
        File.WriteAllText(files.PathOf("tokenizer.json"), $$"""{ {{string.Join(',', others)}} }""");
        if (field is not "model" and not "pre_tokenizer")
            Assert.Equal([0], files.Open().Encode("a"));
        File.WriteAllText(files.PathOf("tokenizer.json"), $$"""{ {{string.Join(',', others)}}, "{{field}}":{{value}} }""");
        var message = files.Refusal();
        Assert.StartsWith(files.PathOf("tokenizer.json") + ": ", message);
        Assert.Contains(named, message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("""{"type":"ByteLevel","add_prefix_space":false}""", """{"type":"ByteLevel"}""")]
    [InlineData("null", Llama2Decoder)]
    public void An_empty_entry_is_never_produced(string preTokenizer, string decoder)
    {
        using var files = Of(preTokenizer, """{"type":"BPE","vocab":{"a":3,"":4,"b":5,"ab":6},"merges":["a b"]}""", decoder: decoder);
        Assert.Equal([6, 3], files.Open().Encode("aba"));
    }

    private static (string Field, string Value)[] Whole =>
        [("model", """{"type":"BPE","vocab":{"a":0},"merges":[]}"""), ("pre_tokenizer", """{"type":"ByteLevel","add_prefix_space":false}""")];

    private static string Split(string pattern) => $$"""
        {"type":"Sequence","pretokenizers":[{"type":"Split","pattern":{"Regex":"{{pattern}}"},"behavior":"Isolated","invert":false},
        {"type":"ByteLevel","add_prefix_space":false,"trim_offsets":true,"use_regex":false}]}
        """;

    private static TokenizerFixture Of(
        string preTokenizer, string model, string normalizer = "null", string postProcessor = "null", string? decoder = null, string? added = null) =>
        new(("tokenizer.json", $$"""
        {"version":"1.0","truncation":null,"padding":null,"added_tokens":{{added ?? Added}},"normalizer":{{normalizer}},"pre_tokenizer":{{preTokenizer}},
        "post_processor":{{postProcessor}},"decoder":{{decoder ?? "{\"type\":\"ByteLevel\"}"}},"model":{{model}}}
        """));
}
