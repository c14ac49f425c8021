using FsCheck;
using FsCheck.Fluent;
using PipelineRobustness.Models.Text;
using PipelineRobustness.Models.Text.Corpora.Documents;
using PipelineRobustness.Models.Text.Tokenizers;

namespace PipelineRobustness.Tests.Models;

/// <summary>A long text is encoded in pieces, and no id tells.</summary>
public sealed class TextPiecesSpecs
{
    private static readonly string[] Words =
        [" ", "  ", "\n", "\n\n", " \n", "\r\n", "\t", "word", "a", "n't", "'s", "12", ",", ". ", "é", "e\u0301", "字", "。", "🙂", "(", "\u00A0"];

    [Theory]
    [InlineData(PatternTokenizer.Gpt2)]
    [InlineData(PatternTokenizer.Bloom)]
    [InlineData(PatternTokenizer.Llama3)]
    public void The_ids_of_the_pieces_are_those_of_the_whole(string pattern) => Check.One(
        Config.QuickThrowOnFailure.WithMaxTest(300),
        Prop.ForAll(Texts(), text => Ids(text, new PatternTokenizer(pattern)).SequenceEqual(new PatternTokenizer(pattern).Encode(text))));

    [Fact]
    public void Gpt2_s_own_ids_are_those_of_the_whole()
    {
        var gpt2 = BuiltInTokenizers.Gpt2;
        Check.One(
            Config.QuickThrowOnFailure.WithMaxTest(100),
            Prop.ForAll(Texts(), text => Pieces(text, gpt2, 8).SelectMany(piece => gpt2.Encode(piece.Text)).SequenceEqual(gpt2.Encode(text))));
    }

    [Fact]
    public void A_text_of_words_is_cut_and_each_piece_is_about_as_long_as_wanted()
    {
        var pieces = Pieces(string.Concat(Enumerable.Repeat("some words\nand more of them ", 100)), new PatternTokenizer(PatternTokenizer.Gpt2), 100);
        Assert.InRange(pieces.Count, 20, 30);
        Assert.All(pieces.Skip(1), piece => Assert.False(piece.Begins));
        Assert.True(pieces[0].Begins);
    }

    [Fact]
    public void A_tokenizer_that_marks_the_beginning_of_what_it_is_given_gets_the_whole()
    {
        var tokenizer = new PatternTokenizer(PatternTokenizer.Gpt2, prefix: "▁");
        Assert.Single(Pieces(string.Concat(Enumerable.Repeat("some words ", 100)), tokenizer, 100));
    }

    [Fact]
    public void Where_one_text_ends_and_the_next_begins_is_cut_always()
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
