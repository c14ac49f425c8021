using PipelineRobustness.Models.Files;

namespace PipelineRobustness.Models.Text.Tokenizers;

/// <summary>Reads the supported normalizers: Prepend, Replace of a string, and sequences of them.</summary>
internal static class NormalizerReader
{
    private const string Supported = "a normalizer of type Prepend, Replace or a Sequence of them";

    /// <summary>Reads a tokenizer's normalizer; null if there is none.</summary>
    /// <exception cref="BadInputException">It is not supported.</exception>
    public static Func<string, string>? Read(JsonInput? normalizer)
    {
        if (normalizer is not { } input) return null;
        switch (input.Field("type")?.Text())
        {
            case "Prepend":
                var before = Required(input, "prepend").Text();
                return text => text.Length == 0 ? text : before + text;
            case "Replace":
                var pattern = Required(input, "pattern");
                var sought = (pattern.Field("String") ?? throw pattern.Bad("a String")).Text();
                var content = Required(input, "content").Text();
                return sought.Length > 0 ? text => text.Replace(sought, content, StringComparison.Ordinal) : throw pattern.Bad("a text to replace");
            case "Sequence":
                Func<string, string>[] steps =
                    [.. Required(input, "normalizers").Items().Select(step => Read(step) ?? throw step.Bad(Supported))];
                return steps.Length == 0 ? null : text => steps.Aggregate(text, (current, step) => step(current));
            default:
                throw (input.Field("type") ?? input).Bad(Supported);
        }
    }

    private static JsonInput Required(JsonInput input, string field) => input.Field(field) ?? throw input.Bad($"a {field}");
}
