namespace PipelineRobustness.Experiments.Settings;

/// <summary>Finds the known name that a mistyped one most likely meant.</summary>
public static class NearestName
{
    private const int LettersPerEdit = 3;

    /// <summary>
    /// The name with the fewest edits to <paramref name="found"/>, the first listed in a tie; null where it takes more than an edit for
    /// every three letters of the last part of a dotted name.
    /// </summary>
    public static string? Of(string found, IEnumerable<string> known)
    {
        var letters = found.Length - found.LastIndexOf('.') - 1;
        return known.Select(name => (Name: name, Edits: Edits(found, name))).Where(one => one.Edits <= Math.Max(1, letters / LettersPerEdit))
            .OrderBy(one => one.Edits).FirstOrDefault().Name;
    }

    /// <summary>The hint for an unknown setting: the nearest known one or, where none is near, all in its section.</summary>
    public static string Hint(string found, IReadOnlyCollection<string> known)
    {
        if (Of(found, known) is { } near) return $"the nearest known one is {near}";
        var section = found;
        do section = section[..Math.Max(0, section.LastIndexOf('.'))];
        while (section.Length > 0 && !known.Any(name => IsIn(section, name)));
        var names = known.Where(name => IsIn(section, name)).Select(name => name[(section.Length == 0 ? 0 : section.Length + 1)..]);
        return $"{(section.Length == 0 ? "known" : $"{section} has")}: {string.Join(", ", names)}";
    }

    private static bool IsIn(string section, string name) => section.Length == 0
        ? !name.Contains('.', StringComparison.Ordinal)
        : name.StartsWith(section + ".", StringComparison.Ordinal) && !name[(section.Length + 1)..].Contains('.', StringComparison.Ordinal);

    /// <summary>
    /// Letters inserted, left out, replaced, or swapped with their neighbour, to get from one to the other (optimal
    /// string alignment).
    /// </summary>
    public static int Edits(string from, string to)
    {
        var rows = new int[from.Length + 1, to.Length + 1];
        for (var i = 0; i <= from.Length; i++)
        {
            for (var j = 0; j <= to.Length; j++)
                rows[i, j] = i == 0 || j == 0 ? i + j : Step(rows, from, to, i, j);
        }

        return rows[from.Length, to.Length];
    }

    private static int Step(int[,] rows, string from, string to, int i, int j)
    {
        var replaced = rows[i - 1, j - 1] + (from[i - 1] == to[j - 1] ? 0 : 1);
        var best = Math.Min(replaced, 1 + Math.Min(rows[i - 1, j], rows[i, j - 1]));
        var swapped = i > 1 && j > 1 && from[i - 1] == to[j - 2] && from[i - 2] == to[j - 1];
        return swapped ? Math.Min(best, rows[i - 2, j - 2] + 1) : best;
    }
}
