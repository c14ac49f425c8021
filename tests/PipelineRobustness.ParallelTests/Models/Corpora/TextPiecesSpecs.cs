using FsCheck;
using FsCheck.Fluent;
using PipelineRobustness.Models.Text;
using PipelineRobustness.Models.Text.Corpora.Documents;
using PipelineRobustness.Models.Text.Tokenizers;

namespace PipelineRobustness.Tests.Models;

/// <summary>Encoding a long text in pieces changes no ids.</summary>
public sealed class TextPiecesSpecs
{
    private static readonly string[] Words =
        [" ", "  ", "\n", "\n\n", " \n", "\r\n", "\t", "word", "a", "n't", "'s", "12", ",", ". ", "é", "e\u0301", "字", "。", "🙂", "(", "\u00A0"];

    [Theory]
    [InlineData(PatternTokenizer.Gpt2)]
    [InlineData(PatternTokenizer.Bloom)]
    [InlineData(PatternTokenizer.Llama3)]
    public void Pieces_have_the_same_ids_as_the_whole_text(string pattern) => Check.One(
        Config.QuickThrowOnFailure.WithMaxTest(300),
        Prop.ForAll(Texts(), text => Ids(text, new PatternTokenizer(pattern)).SequenceEqual(new PatternTokenizer(pattern).Encode(text))));

    [Fact]
    public void Pieces_have_the_same_ids_as_the_whole_text_with_GPT2()
    {
        var gpt2 = BuiltInTokenizers.Gpt2;
        Check.One(
            Config.QuickThrowOnFailure.WithMaxTest(100),
            Prop.ForAll(Texts(), text => Pieces(text, gpt2, 8).SelectMany(piece => gpt2.Encode(piece.Text)).SequenceEqual(gpt2.Encode(text))));
    }

    [Fact]
    public void Pieces_of_ordinary_text_have_about_the_requested_length()
    {
        var pieces = Pieces(string.Concat(Enumerable.Repeat("some words\nand more of them ", 100)), new PatternTokenizer(PatternTokenizer.Gpt2), 100);
        Assert.InRange(pieces.Count, 20, 30);
        Assert.All(pieces.Skip(1), piece => Assert.False(piece.Begins));
        Assert.True(pieces[0].Begins);
    }

    [Fact]
    public void A_tokenizer_that_marks_the_beginning_gets_the_whole_text()
    {
        var tokenizer = new PatternTokenizer(PatternTokenizer.Gpt2, prefix: "▁");
        Assert.Single(Pieces(string.Concat(Enumerable.Repeat("some words ", 100)), tokenizer, 100));
    }

    [Fact]
    public void Boundaries_between_texts_are_always_split()
    {
        TextPart[] parts = [new("one", true), new(" text", false), new("another", true)];
        Assert.Equal([new("one text", true), new("another", true)], TextPieces.Of(parts, new ByteTokenizer()));
    }

    private static IEnumerable<int> Ids(string text, PatternTokenizer tokenizer) =>
        Pieces(text, tokenizer, 8).SelectMany(piece => tokenizer.Encode(piece.Text));

    private static List<TextPart> Pieces(string text, ITokenizer tokenizer, int characters) =>
        [.. TextPieces.Of(text.Chunk(5).Select((chunk, i) => new TextPart(new string(chunk), i == 0)), tokenizer, characters)];

    private static Arbitrary<string> Texts() =>
        Gen.Elements(Words).ListOf(80).Select(words => string.Concat(words)).ToArbitrary();
}
