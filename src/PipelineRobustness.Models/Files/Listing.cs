namespace PipelineRobustness.Models.Files;

/// <summary>Names in a message of one line: all of them, short of an absurd number.</summary>
internal static class Listing
{
    /// <summary>How many names are listed; of further ones only the number is told.</summary>
    public const int NamesMax = 1000;

    /// <summary>The names in one line.</summary>
    public static string Of(IReadOnlyCollection<string> names, string separator = ", ") =>
        string.Join(separator, names.Take(NamesMax)) + (names.Count > NamesMax ? $" and {names.Count - NamesMax} more" : "");
}
