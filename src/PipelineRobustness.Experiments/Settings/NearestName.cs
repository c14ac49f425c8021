namespace PipelineRobustness.Experiments.Settings;

/// <summary>Finds the known name that a mistyped one most likely meant.</summary>
public static class NearestName
{
    /// <summary>The name with the fewest edits to <paramref name="found"/>; the first listed wins a tie.</summary>
    public static string Of(string found, IEnumerable<string> known) => known.MinBy(name => Edits(found, name))!;

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
