using FsCheck;
using FsCheck.Fluent;
using Microsoft.ML.Tokenizers;
using PipelineRobustness.Models.Text.Tokenizers;

namespace PipelineRobustness.Tests.Models;

/// <summary>Byte pair encoding with a queue gives the ids of rescanning after each merge, in time that long pieces allow.</summary>
public sealed class BpeMergesSpecs
{
    private const int Long = 1_500_000;

    [Fact]
    public void Ids_are_those_of_rescanning_after_each_merge() =>
        Check.One(Config.QuickThrowOnFailure.WithMaxTest(1000), Prop.ForAll(Cases(), one => Queued(one).SequenceEqual(Rescanned(one))));

    [Fact]
    public void Ids_are_those_of_the_library_of_ML_NET() =>
        Check.One(Config.QuickThrowOnFailure.WithMaxTest(300), Prop.ForAll(Cases(), one =>
        {
            var merges = Enumerable.Reverse(one.Merges).Distinct().Reverse().Select(merge => $"{merge.Left} {merge.Right}");
            return Queued(one).SequenceEqual(BpeTokenizer.Create(new BpeOptions(one.Vocabulary) { Merges = merges }).EncodeToIds(one.Text, false, false));
        }));

    [Theory]
    [InlineData("a")]
    [InlineData(" ")]
    [InlineData("=")]
    [InlineData("GATTACA")]
    [InlineData("字")]
    public void A_long_piece_is_encoded_with_GPT2(string unit)
    {
        var text = string.Concat(Enumerable.Repeat(unit, Long / unit.Length));
        var ids = BuiltInTokenizers.Gpt2.Encode(text);
        Assert.Equal(text, BuiltInTokenizers.Gpt2.Decode(ids));
        // In a long run the same ids come again and again.
        Assert.InRange(ids.Distinct().Count(), 1, 20);
    }

    [Fact]
    public void A_long_piece_is_encoded_by_characters()
    {
        using var files = new TokenizerFixture(("tokenizer.json", """
            {"added_tokens":[],"pre_tokenizer":null,"decoder":{"type":"Sequence","decoders":[{"type":"Fuse"}]},"normalizer":{"type":"Prepend","prepend":"a"},
            "model":{"type":"BPE","vocab":{"a":0,"aa":1,"aaaa":2,"b":3,"ab":4},"merges":["a a","aa aa","a b"]}}
            """));
        var tokenizer = files.Open();
        Assert.Equal([.. Enumerable.Repeat(2, Long / 4), 4], tokenizer.Encode(new string('a', Long) + "b"));
    }

    [Fact]
    public void Progress_is_reported_within_a_long_piece_and_never_decreases()
    {
        var reported = new List<double>();
        var text = new string('a', Long);
        BuiltInTokenizers.Gpt2.Encode(text + " " + text, reported.Add);
        Assert.True(reported.Count > 10, $"{reported.Count}");
        Assert.Equal(reported.Order(), reported);
        Assert.Contains(reported, share => share is > 0 and < 0.5);
        Assert.All(reported, share => Assert.InRange(share, 0, 1));
    }

    private static List<int> Queued(Case one)
    {
        var merges = new BpeMerges(one.Vocabulary, one.Merges, []);
        return merges.Encode([.. one.Text.Select(symbol => merges.IdOf(symbol.ToString()))]);
    }

    private static List<int> Rescanned(Case one)
    {
        List<string> symbols = [.. one.Text.Select(symbol => symbol.ToString())];
        while (true)
        {
            var (best, first) = (-1, -1);
            for (var at = 0; at + 1 < symbols.Count; at++)
            {
                var rank = one.Merges.LastIndexOf(new Merge(symbols[at], symbols[at + 1]));
                if (rank >= 0 && (best < 0 || rank < best))
                    (best, first) = (rank, at);
            }
            if (first < 0) return [.. symbols.Select(symbol => one.Vocabulary[symbol])];
            symbols[first] += symbols[first + 1];
            symbols.RemoveAt(first + 1);
        }
    }

    private static Arbitrary<Case> Cases() => (
        from count in Gen.Choose(1, 12)
        from picks in Gen.Choose(0, 999).Two().ListOf(count)
        from text in Gen.Elements('a', 'b', 'c').ListOf(40)
        select Built(picks, string.Concat(text))).ToArbitrary();

    /// <summary>Each merge joins two entries that exist by then, as in training.</summary>
    private static Case Built(IList<(int Left, int Right)> picks, string text)
    {
        List<string> entries = ["a", "b", "c"];
        var merges = new List<Merge>();
        foreach (var (left, right) in picks.Select(pick => (pick.Item1, pick.Item2)))
        {
            merges.Add(new Merge(entries[left % entries.Count], entries[right % entries.Count]));
            var made = merges[^1].Left + merges[^1].Right;
            if (!entries.Contains(made))
                entries.Add(made);
        }
        return new Case(entries.Index().ToDictionary(entry => entry.Item, entry => entry.Index), merges, text);
    }

    private sealed record Case(Dictionary<string, int> Vocabulary, List<Merge> Merges, string Text);
}
