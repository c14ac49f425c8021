using System.IO.Compression;
using FsCheck;
using FsCheck.Fluent;
using PipelineRobustness.Models.Text;
using PipelineRobustness.Models.Text.Corpora;

namespace PipelineRobustness.Tests.Models;

/// <summary>Texts are tokenised once, and damaged cache files are not trusted.</summary>
public sealed class TokenCacheSpecs : IDisposable
{
    private const string Text = "some words, (more) words\nand an end of it";

    private readonly CorpusFixture _place = new();
    private readonly string _path;

    public TokenCacheSpecs() => _path = _place.Write("a.txt", Text);

    public void Dispose() => _place.Dispose();

    [Fact]
    public void A_second_read_uses_the_cache()
    {
        var (first, second) = (Words(), Words());
        Assert.Equal(first.Encode(Text), Read(first));
        Assert.Equal(second.Encode(Text), Read(second));
        Assert.Equal((2, 1), (first.Calls, second.Calls));
    }

    [Fact]
    public void Cache_files_differ_by_tokenizer_text_and_recipe()
    {
        Read(Words());
        Read(new PatternTokenizer(PatternTokenizer.Bloom));
        Read(Words(), new CorpusRequest { Path = _path, ValidationShare = 0.5, Detokenise = true });
        Assert.Equal(3, Files().Length);
        Read(Words(), new CorpusRequest { Path = _path, ValidationShare = 0.2 });
        Assert.Equal(3, Files().Length);
        _place.Write("a.txt", Text + "!");
        Assert.Equal(Words().Encode(Text + "!"), Read(Words()));
        Assert.Equal(4, Files().Length);
    }

    [Fact]
    public void A_damaged_cache_file_is_replaced()
    {
        var expected = Read(Words());
        var whole = File.ReadAllBytes(Files().Single());
        Check.One(Config.QuickThrowOnFailure.WithMaxTest(60), Prop.ForAll(Damages(whole.Length), damage =>
        {
            var (at, length) = damage;
            byte[] damaged = at < 0 ? whole[..length] : [.. whole[..at], (byte)(whole[at] ^ 0x10), .. whole[(at + 1)..]];
            File.WriteAllBytes(Files().Single(), damaged);
            return Read(Words()).SequenceEqual(expected) && File.ReadAllBytes(Files().Single()).SequenceEqual(whole);
        }));
        File.WriteAllBytes(Files().Single(), [.. whole, 0, 0, 0, 0]);
        Assert.Equal(expected, Read(Words()));
    }

    [Fact]
    public void An_interrupted_write_is_ignored_and_cleaned_up()
    {
        Read(Words());
        var file = Files().Single();
        File.Move(file, file + ".1.tmp");
        Assert.Equal(Words().Encode(Text), Read(Words()));
        Assert.Equal([file], Files());
    }

    [Fact]
    public void An_unusable_cache_folder_is_noted_and_otherwise_ignored()
    {
        File.WriteAllText(_place.Cache, "a file where the folder would be");
        using var corpus = Corpus(Words(), Request);
        Assert.Equal(Words().Encode(Text), All(corpus));
        Assert.Contains("cannot be used", Assert.Single(corpus.Notes), StringComparison.Ordinal);
    }

    [Fact]
    public void Bytes_are_cached_only_if_the_file_is_compressed()
    {
        Assert.Equal(Text.Length, Read(new ByteTokenizer()).Length);
        Assert.False(Directory.Exists(Path.Combine(_place.Cache, "tokens")));
        using var bytes = new MemoryStream();
        using (var gzip = new GZipStream(bytes, CompressionMode.Compress))
            gzip.Write(File.ReadAllBytes(_path));
        var compressed = _place.Write("a.txt.gz", bytes.ToArray());
        Assert.Equal(Text.Length, Read(new ByteTokenizer(), Request with { Path = compressed }).Length);
        Assert.Single(Files());
    }

    [Fact]
    public async Task Concurrent_reads_get_the_same_tokens()
    {
        var expected = Words().Encode(Text);
        var all = await Task.WhenAll(Enumerable.Range(0, 4).Select(_ => Task.Run(() => Read(Words()))));
        Assert.All(all, tokens => Assert.Equal(expected, tokens));
        Assert.Single(Files());
    }

    [Fact]
    public void Texts_are_delimited_and_unknown_tokens_counted_even_from_the_cache()
    {
        var path = _place.Write("b.jsonl", "{\"text\":\"a b\"}\n{\"text\":\"b\"}");
        var (a, b) = (PatternTokenizer.Id("a"), PatternTokenizer.Id(" b"));
        var tokenizer = new PatternTokenizer(PatternTokenizer.Gpt2) { BeginOfText = 7, EndOfText = 8, Unknown = b };
        for (var time = 0; time < 2; time++)
        {
            using var corpus = Corpus(tokenizer, new CorpusRequest { Path = path, ValidationShare = 0.5 });
            Assert.Equal([7, a, b, 8, 7, PatternTokenizer.Id("b")], All(corpus));
            Assert.Equal("b.jsonl: 16.6667% of the tokens (1 of 6) are unknown to pattern", Assert.Single(corpus.Notes));
        }

        var same = new PatternTokenizer(PatternTokenizer.Gpt2) { Identity = "OPT", BeginOfText = 2, EndOfText = 2 };
        Assert.Equal([2, a, b, 2, PatternTokenizer.Id("b")], Read(same, new CorpusRequest { Path = path, ValidationShare = 0.5 }));
    }

    [Fact]
    public void A_sequence_reads_only_its_slice_and_not_after_disposal()
    {
        using var corpus = Corpus(Words(), Request);
        var whole = Words().Encode(Text);
        var train = corpus.Train;
        Assert.Equal(whole[1], train[1]);
        Assert.Equal(whole[2..4], train.Slice(1, 4).Slice(1, 2).ToArray());
        Assert.Throws<ArgumentOutOfRangeException>(() => train[train.Length]);
        Assert.Throws<ArgumentOutOfRangeException>(() => train[-1]);
        Assert.Throws<ArgumentOutOfRangeException>(() => train.Read(train.Length - 1, new int[2]));
        Assert.Throws<ArgumentOutOfRangeException>(() => train.Slice(1, train.Length));
        corpus.Dispose();
        Assert.Throws<ObjectDisposedException>(() => train[0]);
    }

    private CorpusRequest Request => new() { Path = _path, ValidationShare = 0.5 };

    private static PatternTokenizer Words() => new(PatternTokenizer.Gpt2);

    private static int[] All(Corpus corpus) => [.. corpus.Train.ToArray(), .. corpus.Validation.ToArray()];

    private Corpus Corpus(ITokenizer tokenizer, CorpusRequest request) => new CorpusReader(_place.Cached).Read(request, tokenizer);

    private int[] Read(ITokenizer tokenizer, CorpusRequest? request = null)
    {
        using var corpus = Corpus(tokenizer, request ?? Request);
        return All(corpus);
    }

    private string[] Files() => Directory.GetFiles(Path.Combine(_place.Cache, "tokens"));

    // At a non-negative offset, a bit is flipped; otherwise the file is truncated.
    private static Arbitrary<(int At, int Length)> Damages(int length) => (
        from at in Gen.Choose(-length / 2, length - 1)
        from left in Gen.Choose(0, length - 1)
        select (at, left)).ToArbitrary();
}
