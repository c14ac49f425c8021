using System.Text.Json;
using PipelineRobustness.Models.Files;

namespace PipelineRobustness.Models.Text.Tokenizers;

/// <summary>Reads published lists of merges.</summary>
internal static class MergeList
{
    private const string Expected = "two entries separated by a space";

    /// <summary>Reads <c>merges.txt</c>, skipping the version line and empty lines.</summary>
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
    /// Reads the list in <c>tokenizer.json</c>: strings or pairs. As in Hugging Face's reader, both parts of a merge
    /// and its result must be in the vocabulary.
    /// </summary>
    /// <exception cref="BadInputException">An item is not a merge, or not a merge of this vocabulary.</exception>
    public static List<Merge> Read(JsonInput json, TokenVocabulary vocabulary)
    {
        var merges = new List<Merge>();
        foreach (var input in json.Items())
        {
            var merge = (input.Value.ValueKind == JsonValueKind.Array ? Pair(input) : Parse(input.Text())) ?? throw input.Bad(Expected);
            foreach (var entry in (string[])[merge.Left, merge.Right, merge.Left + merge.Right])
            {
                if (vocabulary.Find(entry) is null)
                    throw input.Bad($"a merge of this vocabulary (\"{entry}\" is not in it)");
            }
            merges.Add(merge);
        }
        return merges;
    }

    private static Merge? Pair(JsonInput input)
    {
        string[] parts = [.. input.Items().Select(part => part.Text())];
        // The library writes a merge as two entries separated by a space.
        return parts.Length == 2 && parts.All(part => part.Length > 0 && !part.Contains(' ')) ? new Merge(parts[0], parts[1]) : null;
    }

    private static Merge? Parse(ReadOnlySpan<char> text)
    {
        var space = text.IndexOf(' ');
        return space > 0 && space < text.Length - 1 && !text[(space + 1)..].Contains(' ')
            ? new Merge(text[..space].ToString(), text[(space + 1)..].ToString())
            : null;
    }
}
