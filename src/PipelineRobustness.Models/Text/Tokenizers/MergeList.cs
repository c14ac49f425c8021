using System.Text.Json;

namespace PipelineRobustness.Models.Text.Tokenizers;

/// <summary>Reads merges as they are distributed.</summary>
internal static class MergeList
{
    private const string Expected = "two entries with a blank between them";

    /// <summary>The lines of <c>merges.txt</c>; a line of the version and empty lines are left out.</summary>
    /// <exception cref="BadInputException">A line is not a merge.</exception>
    public static List<Merge> Read(string text, string path)
    {
        var merges = new List<Merge>();
        var number = 0;
        foreach (var range in text.AsSpan().Split('\n'))
        {
            var line = text.AsSpan(range).TrimEnd('\r');
            number++;
            if (line.IsEmpty || line.StartsWith("#version", StringComparison.Ordinal)) continue;
            merges.Add(Parse(line) ?? throw new BadInputException($"{path}: line {number}: expected {Expected}, found \"{line}\""));
        }
        return merges;
    }

    /// <summary>
    /// The list of <c>tokenizer.json</c>: strings, or pairs. As in Hugging Face's, whatever it merges and makes must be in
    /// the vocabulary.
    /// </summary>
    /// <exception cref="BadInputException">One is not a merge, or not of this vocabulary.</exception>
    public static List<Merge> Read(JsonPlace json, TokenVocabulary vocabulary)
    {
        var merges = new List<Merge>();
        foreach (var place in json.Items())
        {
            var merge = (place.Value.ValueKind == JsonValueKind.Array ? Pair(place) : Parse(place.Text())) ?? throw place.Bad(Expected);
            foreach (var entry in (string[])[merge.Left, merge.Right, merge.Left + merge.Right])
            {
                if (vocabulary.Find(entry) is null)
                    throw place.Bad($"a merge of this vocabulary (\"{entry}\" is not in it)");
            }
            merges.Add(merge);
        }
        return merges;
    }

    private static Merge? Pair(JsonPlace place)
    {
        string[] parts = [.. place.Items().Select(part => part.Text())];
        // The library writes a merge with a blank between its entries.
        return parts.Length == 2 && parts.All(part => part.Length > 0 && !part.Contains(' ')) ? new Merge(parts[0], parts[1]) : null;
    }

    private static Merge? Parse(ReadOnlySpan<char> text)
    {
        var blank = text.IndexOf(' ');
        return blank > 0 && blank < text.Length - 1 && !text[(blank + 1)..].Contains(' ')
            ? new Merge(text[..blank].ToString(), text[(blank + 1)..].ToString())
            : null;
    }
}
