namespace PipelineRobustness.Models.Text.Corpora.Sources;

/// <summary>Which field of a record is its document.</summary>
internal static class FieldChoice
{
    /// <summary>The fields that are looked for, in this order, where none is named.</summary>
    public static IReadOnlyList<string> Usual { get; } = ["text", "abstract", "summary", "content"];

    /// <summary>Abstracts are joined with blank lines between them, as the paper does; other documents are kept apart.</summary>
    public static bool IsAbstract(string field) => field is "abstract" or "summary";

    /// <summary>The field named, or the first of the usual ones.</summary>
    /// <exception cref="BadInputException">There is none.</exception>
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
