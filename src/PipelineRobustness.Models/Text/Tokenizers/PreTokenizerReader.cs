namespace PipelineRobustness.Models.Text.Tokenizers;

/// <summary>How a text is cut, and what its pieces are made of.</summary>
/// <param name="Cutter">Cuts.</param>
/// <param name="IsByteLevel">Whether pieces are bytes, not characters.</param>
internal sealed record PreTokenizerKind(PreTokenizer Cutter, bool IsByteLevel);

/// <summary>Reads the pre-tokenizers that are covered: ByteLevel, Split, Digits of one, Metaspace, and sequences of them.</summary>
internal static class PreTokenizerReader
{
    private const string Covered = "a pre-tokenizer of type ByteLevel, Split, Digits, Metaspace or a Sequence of them";

    /// <summary>What a tokenizer cuts by.</summary>
    /// <exception cref="BadInputException">It is none of those covered.</exception>
    public static PreTokenizerKind Read(JsonPlace? preTokenizer)
    {
        if (preTokenizer is not { } place) return new PreTokenizerKind(new IdentityPreTokenizer(), IsByteLevel: false);
        switch (place.Field("type")?.Text())
        {
            case "ByteLevel":
                return new PreTokenizerKind(ByteLevel(Flag(place, "add_prefix_space", true), Flag(place, "use_regex", true)), IsByteLevel: true);
            case "Split":
                return new PreTokenizerKind(Split(place), IsByteLevel: false);
            case "Digits" when Flag(place, "individual_digits", false):
                return new PreTokenizerKind(new RegexPreTokenizer(@"\p{N}", place.File), IsByteLevel: false);
            case "Metaspace":
                return new PreTokenizerKind(Metaspace(place), IsByteLevel: false);
            case "Sequence":
                return (place.Field("pretokenizers") ?? throw place.Bad("pretokenizers")).Items()
                    .Aggregate(new PreTokenizerKind(new IdentityPreTokenizer(), IsByteLevel: false), Joined);
            default:
                throw (place.Field("type") ?? place).Bad(Covered);
        }
    }

    /// <summary>GPT-2's cutter, or that of a tokenizer that cut before.</summary>
    public static PreTokenizer ByteLevel(bool putsBlankBefore, bool usesGpt2Pattern)
    {
        PreTokenizer cutter = usesGpt2Pattern ? RegexPreTokenizer.Gpt2() : new IdentityPreTokenizer();
        return putsBlankBefore ? new PrefixSpacePreTokenizer().Then(cutter) : cutter;
    }

    private static PreTokenizerKind Joined(PreTokenizerKind before, JsonPlace place)
    {
        // What comes behind ByteLevel would see symbols, not text.
        if (before.IsByteLevel) throw place.Bad("nothing behind ByteLevel");
        var next = Read(place);
        return next with { Cutter = before.Cutter is IdentityPreTokenizer ? next.Cutter : before.Cutter.Then(next.Cutter) };
    }

    private static RegexPreTokenizer Split(JsonPlace place)
    {
        if (place.Field("behavior") is not { } behavior || behavior.Text() != "Isolated")
            throw (place.Field("behavior") ?? place).Bad("the behavior Isolated");
        place.MustBeUnset("invert");
        if (place.Field("pattern")?.Field("Regex") is not { } regex)
            throw (place.Field("pattern") ?? place).Bad("a pattern with a Regex");
        return OnigurumaPattern.ToDotNet(regex.Text(), out var refused) is { } pattern
            ? new RegexPreTokenizer(pattern, place.File)
            : throw regex.Bad($"a regular expression of what is covered, without {refused.ReplaceLineEndings(" ")}");
    }

    private static MetaspacePreTokenizer Metaspace(JsonPlace place)
    {
        if (place.Field("replacement") is not { } replacement || replacement.Text() is not [var mark])
            throw (place.Field("replacement") ?? place).Bad("a replacement of one character");
        var scheme = place.Field("prepend_scheme");
        var before = scheme?.Text() switch
        {
            null => Flag(place, "add_prefix_space", true) ? PrependScheme.Always : PrependScheme.Never,
            "always" => PrependScheme.Always,
            "first" => PrependScheme.First,
            "never" => PrependScheme.Never,
            _ => throw scheme.Value.Bad("always, first or never"),
        };
        return new MetaspacePreTokenizer(mark, before, Flag(place, "split", true));
    }

    private static bool Flag(JsonPlace place, string name, bool otherwise) => place.Field(name)?.Flag() ?? otherwise;
}
