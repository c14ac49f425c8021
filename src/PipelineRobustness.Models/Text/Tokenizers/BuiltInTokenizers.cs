using System.Text;
using SharpToken;

namespace PipelineRobustness.Models.Text.Tokenizers;

/// <summary>Tokenizers that need no files.</summary>
public static class BuiltInTokenizers
{
    /// <summary>Number of GPT-2's ids.</summary>
    public const int Gpt2Size = 50_257;

    private const string Gpt2Ranks = "SharpToken.data.r50k_base.tiktoken";
    private const string EndOfText = "<|endoftext|>";

    private static readonly Lazy<ITokenizer> LazyGpt2 = new(ReadGpt2);

    /// <summary>GPT-2's, with 50,257 entries; <c>&lt;|endoftext|&gt;</c> in a text is 50256.</summary>
    public static ITokenizer Gpt2 => LazyGpt2.Value;

    /// <summary>Lines of an entry's bytes in Base64 and its id.</summary>
    private static PieceTokenizer ReadGpt2()
    {
        using var stream = typeof(GptEncoding).Assembly.GetManifestResourceStream(Gpt2Ranks)
            ?? throw new InvalidOperationException($"SharpToken came without {Gpt2Ranks}");
        using var reader = new StreamReader(stream, Encoding.ASCII);
        var vocabulary = new TokenVocabulary();
        while (reader.ReadLine() is { } line)
        {
            var blank = line.IndexOf(' ', StringComparison.Ordinal);
            vocabulary.Add(
                ByteSymbols.Of(Convert.FromBase64String(line[..blank])), int.Parse(line.AsSpan(blank), System.Globalization.CultureInfo.InvariantCulture));
        }
        var entries = new Dictionary<string, int>(vocabulary.Ids, StringComparer.Ordinal);
        var end = vocabulary.Size;
        vocabulary.Add(EndOfText, end);
        return new PieceTokenizer(new TokenizerParts
        {
            Name = "gpt2",
            Identity = "gpt2",
            Vocabulary = vocabulary,
            Added = [new AddedToken(EndOfText, end)],
            Cutter = RegexPreTokenizer.Gpt2(),
            Model = new ByteLevelModel(entries, RankedMerges.Of(entries), new UnknownToken("gpt2", null, isFused: false), takesWholePieces: false),
            Decoder = new ByteLevelDecoder(),
            EndOfText = end,
        });
    }
}
