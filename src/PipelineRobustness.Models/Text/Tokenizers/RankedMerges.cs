namespace PipelineRobustness.Models.Text.Tokenizers;

/// <summary>Recovers the merges of a vocabulary whose ids are in merge order.</summary>
internal static class RankedMerges
{
    /// <summary>
    /// An entry's merge joins the two parts that remain when all earlier merges have been applied. Entries are short,
    /// so a linear scan is fast enough.
    /// </summary>
    public static List<Merge> Of(Dictionary<string, int> ranks)
    {
        var lookup = ranks.GetAlternateLookup<ReadOnlySpan<char>>();
        var merges = new List<Merge>(ranks.Count);
        var ends = new List<int>();
        foreach (var (entry, rank) in ranks.Where(entry => entry.Key.Length > 1).OrderBy(entry => entry.Value))
        {
            ends.Clear();
            ends.AddRange(Enumerable.Range(1, entry.Length));
            while (ends.Count > 2)
            {
                var (first, best) = (-1, rank);
                for (var at = 0; at + 1 < ends.Count; at++)
                {
                    var start = at == 0 ? 0 : ends[at - 1];
                    if (lookup.TryGetValue(entry.AsSpan(start..ends[at + 1]), out var other) && other < best)
                        (first, best) = (at, other);
                }
                if (first < 0) throw new InvalidDataException($"no two earlier entries form \"{entry}\"");
                ends.RemoveAt(first);
            }
            merges.Add(new Merge(entry[..ends[0]], entry[ends[0]..]));
        }
        return merges;
    }
}
