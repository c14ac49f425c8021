namespace PipelineRobustness.Models.Text.Tokenizers;

/// <summary>Reads the normalizers that are covered: a text put before, and a text written as another.</summary>
internal static class NormalizerReader
{
    private const string Covered = "a normalizer of type Prepend, Replace or a Sequence of them";

    /// <summary>What a tokenizer does to text first; null where nothing.</summary>
    /// <exception cref="BadInputException">It is none of those covered.</exception>
    public static Func<string, string>? Read(JsonPlace? normalizer)
    {
        if (normalizer is not { } place) return null;
        switch (place.Field("type")?.Text())
        {
            case "Prepend":
                var before = Required(place, "prepend").Text();
                return text => text.Length == 0 ? text : before + text;
            case "Replace":
                var pattern = Required(place, "pattern");
                var sought = (pattern.Field("String") ?? throw pattern.Bad("a String")).Text();
                var content = Required(place, "content").Text();
                return sought.Length > 0 ? text => text.Replace(sought, content, StringComparison.Ordinal) : throw pattern.Bad("a text to replace");
            case "Sequence":
                Func<string, string>[] steps =
                    [.. Required(place, "normalizers").Items().Select(step => Read(step) ?? throw step.Bad(Covered))];
                return steps.Length == 0 ? null : text => steps.Aggregate(text, (current, step) => step(current));
            default:
                throw (place.Field("type") ?? place).Bad(Covered);
        }
    }

    private static JsonPlace Required(JsonPlace place, string field) => place.Field(field) ?? throw place.Bad($"a {field}");
}
