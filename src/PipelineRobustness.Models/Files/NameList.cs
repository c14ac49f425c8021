namespace PipelineRobustness.Models.Files;

/// <summary>Joins names for a one-line message, up to a limit.</summary>
internal static class NameList
{
    /// <summary>The largest number of names listed; of the rest only the count is given.</summary>
    public const int NamesMax = 1000;

    /// <summary>The names on one line.</summary>
    public static string Of(IReadOnlyCollection<string> names, string separator = ", ") =>
        string.Join(separator, names.Take(NamesMax)) + (names.Count > NamesMax ? $" and {names.Count - NamesMax} more" : "");
}
