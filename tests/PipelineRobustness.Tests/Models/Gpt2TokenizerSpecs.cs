using System.Text.Json.Nodes;
using FsCheck;
using FsCheck.Fluent;
using PipelineRobustness.Models.Text;
using PipelineRobustness.Models.Text.Tokenizers;

namespace PipelineRobustness.Tests.Models;

/// <summary>GPT-2's tokenizer, built in and from files.</summary>
public sealed class Gpt2TokenizerSpecs
{
    private static readonly Lazy<ITokenizer> FromFiles = new(() => TokenizerFolder.Open(Assets)!);

    private static string Assets => Path.Combine(Fixtures.Folder, "tokenizer-assets");

    private static ITokenizer BuiltIn => BuiltInTokenizers.Gpt2;

    [Theory]
    [InlineData("", new int[0])]
    [InlineData("Hello world", new[] { 15496, 995 })]
    [InlineData("It's \t ok", new[] { 1026, 338, 220, 197, 12876 })]
    [InlineData("a<|endoftext|>b", new[] { 64, 50256, 65 })]
    [InlineData("<|endoftext|><|endoftext|>", new[] { 50256, 50256 })]
    [InlineData(" \u001c x", new[] { 220, 216, 2124 })]
    public void Texts_with_known_ids_get_these_ids(string text, int[] ids) => Assert.Equal(ids, BuiltIn.Encode(text));

    [Fact]
    public void A_lone_surrogate_is_read_as_the_replacement_character()
    {
        Assert.Equal([4210], BuiltIn.Encode("\uFFFD"));
        Assert.Equal([4210], BuiltIn.Encode("\uD800"));
        Assert.Equal([6353], BuiltIn.Encode("\uDC00\uD800"));
        Assert.Equal("\uFFFD\uFFFD", BuiltIn.Decode([6353]));
    }

    [Fact]
    public void The_tokenizer_reports_its_size_name_and_special_tokens()
    {
        Assert.Equal(50257, BuiltIn.VocabularySize);
        Assert.Equal(50256, BuiltIn.EndOfText);
        Assert.Null(BuiltIn.BeginOfText);
        Assert.Null(BuiltIn.Unknown);
        Assert.Equal(("gpt2", "gpt2"), (BuiltIn.Name, BuiltIn.Identity));
    }

    [Fact]
    public void Letters_and_digits_beyond_16_bits_count_as_letters_and_digits()
    {
        // If split into two code units that are not letters, the mark would join them: "𝐛!" would be one piece.
        var letter = BuiltIn.Encode("\U0001D41B");
        Assert.Equal([.. letter, 0], BuiltIn.Encode("\U0001D41B!"));
        Assert.Equal([87, .. letter, 88], BuiltIn.Encode("x\U0001D41By"));
        var digit = BuiltIn.Encode("\U0001D7D0");
        Assert.Equal([.. digit, 0], BuiltIn.Encode("\U0001D7D0!"));
    }

    [Fact]
    public void All_published_cases_hold_with_and_without_files()
    {
        Fixtures.SkipIfAbsent();
        var cases = JsonNode.Parse(File.ReadAllText(Path.Combine(Fixtures.Folder, "tokenizer", "tokenizer_cases.json")))!;
        var plain = TokenizerFolder.Open(Assets, matchesAddedTokens: false)!;
        foreach (var tokenizer in new[] { BuiltIn, FromFiles.Value })
        {
            foreach (var one in cases["encode_cases"]!.AsArray())
            {
                var text = (string)one!["text"]!;
                var ids = one["ids"].AsIds();
                Assert.Equal(WithEndOfText(text, ids, plain), tokenizer.Encode(text));
                Assert.Equal(ids, plain.Encode(text));
                Assert.Equal(text, tokenizer.Decode(ids));
                Assert.Equal(text, tokenizer.Decode(tokenizer.Encode(text)));
            }
            foreach (var one in cases["decode_cases"]!.AsArray())
                Assert.Equal((string)one!["text"]!, tokenizer.Decode(one["ids"].AsIds()));
        }
    }

    [Fact]
    public void Tokenizers_with_and_without_files_agree_on_every_text()
    {
        Fixtures.SkipIfAbsent();
        Assert.Equal(50257, FromFiles.Value.VocabularySize);
        Assert.Equal(50256, FromFiles.Value.EndOfText);
        Assert.Null(FromFiles.Value.BeginOfText);
        Check.One(Config.QuickThrowOnFailure.WithMaxTest(300), Prop.ForAll(Texts().ToArbitrary(), text =>
        {
            var ids = BuiltIn.Encode(text);
            return ids.SequenceEqual(FromFiles.Value.Encode(text))
                && BuiltIn.Decode(ids) == FromFiles.Value.Decode(ids)
                && BuiltIn.Decode(ids) == WithoutLoneSurrogates(text);
        }));
    }

    [Fact]
    public void Decoding_reverses_encoding() =>
        Check.One(
            Config.QuickThrowOnFailure.WithMaxTest(300),
            Prop.ForAll(Texts().ToArbitrary(), text => BuiltIn.Decode(BuiltIn.Encode(text)) == WithoutLoneSurrogates(text)));

    [Fact]
    public async Task Concurrent_threads_get_the_same_ids()
    {
        var texts = Texts().Sample(200, 60);
        var alone = texts.Select(BuiltIn.Encode).ToList();
        var fresh = Enumerable.Range(0, 4).Select(_ => Task.Run(() => texts.Select(BuiltIn.Encode).ToList(), TestContext.Current.CancellationToken));
        foreach (var ids in await Task.WhenAll(fresh))
            Assert.Equal(alone, ids);
    }

    [Fact]
    public void An_id_without_entry_is_not_decoded()
    {
        Assert.Throws<ArgumentOutOfRangeException>(() => BuiltIn.Decode([50257]));
        Assert.Throws<ArgumentOutOfRangeException>(() => BuiltIn.Decode([-1]));
    }

    /// <summary>
    /// The ids with the end of text as described in the fixtures' README; the column for it contains the same ids as
    /// the plain one.
    /// </summary>
    private static int[] WithEndOfText(string text, int[] ids, ITokenizer plain)
    {
        var between = text.Split("<|endoftext|>").Select(plain.Encode).ToList();
        return between.Count == 1 ? ids : [.. between[0], .. between.Skip(1).SelectMany(part => (int[])[50256, .. part])];
    }

    /// <summary>Texts that exercise the splitting: contractions, runs of spaces, marks, characters beyond 16 bits, lone surrogates.</summary>
    private static Gen<string> Texts()
    {
        var parts = Gen.OneOf(
            Gen.Elements(
                "'s", "'t", "'re", "'ve", "'m", "'ll", "'d", "'S", "'", " ", "  ", "          ", "\n", "\r\n", "\t", "\u00A0", "\u0085",
                "\u001c", "\u200b", "\u180e", "\u3000", "\u0301", "e\u0301", "\u200d", "\uFEFF", "\U0001D41B", "\U00010428", "\U0001D7D0", "\U0001F600",
                "\U00020BB7", "\U0010FFFF", "\U000E0100", "\uD800", "\uDC00", "\uFFFD", "<|endoftext|>", "<|endof", "word", " The", "1", "2023", "½",
                "字", "Ж", "!", "..."),
            ArbMap.Default.GeneratorFor<char>().Select(character => character.ToString()),
            ArbMap.Default.GeneratorFor<string>().Select(text => text ?? ""));
        return parts.ListOf().Select(list => string.Concat(list));
    }

    private static string WithoutLoneSurrogates(string text) => System.Text.Encoding.UTF8.GetString(System.Text.Encoding.UTF8.GetBytes(text));
}
