using PipelineRobustness.Models.Files;

namespace PipelineRobustness.Models.Text.Tokenizers;

/// <summary>Reads the supported decoders: ByteLevel, Metaspace, and LLaMA's sequence.</summary>
internal static class TokenDecoderReader
{
    private static readonly string[] Steps = ["Replace", "ByteFallback", "Fuse", "Strip"];

    /// <summary>Reads a tokenizer's decoder.</summary>
    /// <exception cref="BadInputException">It is not supported.</exception>
    public static TokenDecoder Read(JsonInput? decoder, bool isByteLevel)
    {
        if (decoder is not { } input)
            return isByteLevel ? new ByteLevelDecoder() : new MetaspaceDecoder(Mark, dropsFirstSpace: false);
        var type = input.Field("type") ?? throw input.Bad("a type");
        return (type.Text(), isByteLevel) switch
        {
            ("ByteLevel", true) => new ByteLevelDecoder(),
            ("Metaspace", false) => Metaspace(input),
            ("Sequence", false) => Sequence(input),
            _ => throw type.Bad(isByteLevel ? "a decoder of type ByteLevel" : "a decoder of type Metaspace or Sequence"),
        };
    }

    /// <summary>The character that sentencepiece writes for a space.</summary>
    public const char Mark = '\u2581';

    private static MetaspaceDecoder Metaspace(JsonInput input)
    {
        var mark = input.Field("replacement")?.Text() is [var written] ? written : Mark;
        var addsSpace = input.Field("prepend_scheme") is { } scheme ? scheme.Text() != "never" : input.Flag("add_prefix_space", true);
        return new MetaspaceDecoder(mark, addsSpace);
    }

    private static MetaspaceDecoder Sequence(JsonInput input)
    {
        var dropsFirstSpace = false;
        foreach (var step in input.Field("decoders")?.Items() ?? [])
        {
            var type = step.Field("type") ?? throw step.Bad("a type");
            if (!Steps.Contains(type.Text())) throw type.Bad("Replace, ByteFallback, Fuse or Strip");
            if (type.Text() == "Replace" && (step.Field("pattern")?.Field("String")?.Text(), step.Field("content")?.Text()) != (Mark.ToString(), " "))
                throw step.Bad($"{Mark} replaced by a space");
            dropsFirstSpace |= type.Text() == "Strip" && step.Field("start")?.Integer(0, 1) == 1;
        }
        return new MetaspaceDecoder(Mark, dropsFirstSpace);
    }
}
