namespace PipelineRobustness.Models.Text.Tokenizers;

/// <summary>Reads the decoders that are covered: ByteLevel, Metaspace, and LLaMA's sequence.</summary>
internal static class TokenDecoderReader
{
    private static readonly string[] Steps = ["Replace", "ByteFallback", "Fuse", "Strip"];

    /// <summary>What turns entries to text.</summary>
    /// <exception cref="BadInputException">It is none of those covered.</exception>
    public static TokenDecoder Read(JsonPlace? decoder, bool isByteLevel)
    {
        if (decoder is not { } place)
            return isByteLevel ? new ByteLevelDecoder() : new MetaspaceDecoder(Mark, dropsFirstBlank: false);
        var type = place.Field("type") ?? throw place.Bad("a type");
        return (type.Text(), isByteLevel) switch
        {
            ("ByteLevel", true) => new ByteLevelDecoder(),
            ("Metaspace", false) => Metaspace(place),
            ("Sequence", false) => Sequence(place),
            _ => throw type.Bad(isByteLevel ? "a decoder of type ByteLevel" : "a decoder of type Metaspace or Sequence"),
        };
    }

    /// <summary>What sentencepiece writes blanks as.</summary>
    public const char Mark = '\u2581';

    private static MetaspaceDecoder Metaspace(JsonPlace place)
    {
        var mark = place.Field("replacement")?.Text() is [var written] ? written : Mark;
        var puts = place.Field("prepend_scheme") is { } scheme ? scheme.Text() != "never" : place.Field("add_prefix_space")?.Flag() ?? true;
        return new MetaspaceDecoder(mark, puts);
    }

    private static MetaspaceDecoder Sequence(JsonPlace place)
    {
        var dropsFirstBlank = false;
        foreach (var step in place.Field("decoders")?.Items() ?? [])
        {
            var type = step.Field("type") ?? throw step.Bad("a type");
            if (!Steps.Contains(type.Text())) throw type.Bad("Replace, ByteFallback, Fuse or Strip");
            if (type.Text() == "Replace" && (step.Field("pattern")?.Field("String")?.Text(), step.Field("content")?.Text()) != (Mark.ToString(), " "))
                throw step.Bad($"{Mark} replaced by a blank");
            dropsFirstBlank |= type.Text() == "Strip" && step.Field("start")?.Integer(0, 1) == 1;
        }
        return new MetaspaceDecoder(Mark, dropsFirstBlank);
    }
}
