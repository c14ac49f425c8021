using PipelineRobustness.Models.Files;

namespace PipelineRobustness.Models.Text.Tokenizers;

/// <summary>A pre-tokenizer and the kind of its pieces.</summary>
/// <param name="PreTokenizer">Splits text into pieces.</param>
/// <param name="IsByteLevel">Whether pieces are encoded by bytes instead of characters.</param>
internal sealed record PreTokenizerKind(PreTokenizer PreTokenizer, bool IsByteLevel);

/// <summary>
/// Reads the supported pre-tokenizers: ByteLevel, Split, Digits with individual digits, Metaspace, and sequences of
/// them.
/// </summary>
internal static class PreTokenizerReader
{
    private const string Supported = "a pre-tokenizer of type ByteLevel, Split, Digits, Metaspace or a Sequence of them";

    /// <summary>Reads a tokenizer's pre-tokenizer.</summary>
    /// <exception cref="BadInputException">It is not supported.</exception>
    public static PreTokenizerKind Read(JsonInput? preTokenizer)
    {
        if (preTokenizer is not { } input) return new PreTokenizerKind(new IdentityPreTokenizer(), IsByteLevel: false);
        switch (input.Field("type")?.Text())
        {
            case "ByteLevel":
                return new PreTokenizerKind(ByteLevel(input.Flag("add_prefix_space", true), input.Flag("use_regex", true)), IsByteLevel: true);
            case "Split":
                return new PreTokenizerKind(Split(input), IsByteLevel: false);
            case "Digits" when input.Flag("individual_digits", false):
                return new PreTokenizerKind(new RegexPreTokenizer(@"\p{N}", input.File), IsByteLevel: false);
            case "Metaspace":
                return new PreTokenizerKind(Metaspace(input), IsByteLevel: false);
            case "Sequence":
                return (input.Field("pretokenizers") ?? throw input.Bad("pretokenizers")).Items()
                    .Aggregate(new PreTokenizerKind(new IdentityPreTokenizer(), IsByteLevel: false), Append);
            default:
                throw (input.Field("type") ?? input).Bad(Supported);
        }
    }

    /// <summary>GPT-2's pre-tokenizer, or only its byte encoding if the text was split before.</summary>
    public static PreTokenizer ByteLevel(bool addsPrefixSpace, bool usesGpt2Pattern)
    {
        PreTokenizer preTokenizer = usesGpt2Pattern ? RegexPreTokenizer.Gpt2() : new IdentityPreTokenizer();
        return addsPrefixSpace ? new PrefixSpacePreTokenizer().Then(preTokenizer) : preTokenizer;
    }

    private static PreTokenizerKind Append(PreTokenizerKind previous, JsonInput input)
    {
        // A pre-tokenizer after ByteLevel would see symbols instead of text.
        if (previous.IsByteLevel) throw input.Bad("nothing after ByteLevel");
        var next = Read(input);
        return next with { PreTokenizer = previous.PreTokenizer is IdentityPreTokenizer ? next.PreTokenizer : previous.PreTokenizer.Then(next.PreTokenizer) };
    }

    private static RegexPreTokenizer Split(JsonInput input)
    {
        if (input.Field("behavior") is not { } behavior || behavior.Text() != "Isolated")
            throw (input.Field("behavior") ?? input).Bad("the behavior Isolated");
        input.MustBeUnset("invert");
        if (input.Field("pattern")?.Field("Regex") is not { } regex)
            throw (input.Field("pattern") ?? input).Bad("a pattern with a Regex");
        return OnigurumaPattern.ToDotNet(regex.Text(), out var refused) is { } pattern
            ? new RegexPreTokenizer(pattern, input.File)
            : throw regex.Bad($"a supported regular expression, without {refused.ReplaceLineEndings(" ")}");
    }

    private static MetaspacePreTokenizer Metaspace(JsonInput input)
    {
        if (input.Field("replacement") is not { } replacement || replacement.Text() is not [var mark])
            throw (input.Field("replacement") ?? input).Bad("a replacement of one character");
        var written = input.Field("prepend_scheme");
        var scheme = written?.Text() switch
        {
            null => input.Flag("add_prefix_space", true) ? PrependScheme.Always : PrependScheme.Never,
            "always" => PrependScheme.Always,
            "first" => PrependScheme.First,
            "never" => PrependScheme.Never,
            _ => throw written.Value.Bad("always, first or never"),
        };
        return new MetaspacePreTokenizer(mark, scheme, input.Flag("split", true));
    }
}
