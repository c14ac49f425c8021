namespace PipelineRobustness.Models.Text.Corpora.Sources;

/// <summary>Chooses the field of a record that contains its document.</summary>
internal static class FieldChoice
{
    /// <summary>The fields tried in this order if none is named.</summary>
    public static IReadOnlyList<string> Usual { get; } = ["text", "abstract", "summary", "content"];

    /// <summary>
    /// Whether documents are abstracts, which are joined with empty lines, as in the paper; other documents stay
    /// separate.
    /// </summary>
    public static bool IsAbstract(string field) => field is "abstract" or "summary";

    /// <summary>The named field, or the first of the usual ones that exists.</summary>
    /// <exception cref="BadInputException">There is no such field.</exception>
    public static string Of(string path, string? named, IReadOnlyList<string> found)
    {
        IReadOnlyList<string> expected = named is null ? Usual : [named];
        return expected.FirstOrDefault(found.Contains) ?? throw new BadInputException(
            $"{path}: expected a field {string.Join(" or ", expected)} (data.field), found {Shown(found)}");
    }

    private static string Shown(IReadOnlyList<string> found) => found.Count switch
    {
        0 => "none",
        <= 20 => string.Join(", ", found),
        _ => string.Join(", ", found.Take(20)) + $" and {found.Count - 20} more",
    };
}
