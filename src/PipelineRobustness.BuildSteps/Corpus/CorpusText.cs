using System.Security.Cryptography;
using System.Text;

namespace PipelineRobustness.BuildSteps.Corpus;

/// <summary>
/// Makes one text of many documented types: a paragraph a line, a blank line after each, no sentence twice.
/// </summary>
public static class CorpusText
{
    /// <summary>
    /// The text. Types stand in the order of their names' SHA-256, so that its first nine tenths and its last speak of the
    /// same things; what stands within a type keeps its order.
    /// </summary>
    public static string Of(IEnumerable<DocumentedType> types)
    {
        var seen = new HashSet<string>(StringComparer.Ordinal);
        var text = new StringBuilder();
        foreach (var type in types.OrderBy(type => Key(type.Name), StringComparer.Ordinal).ThenBy(type => type.Name, StringComparer.Ordinal))
            foreach (var paragraph in type.Paragraphs)
            {
                var fresh = Prose.Sentences(paragraph).Where(sentence => seen.Add(Sameness(sentence))).ToList();
                if (fresh.Count > 0)
                    text.AppendJoin(' ', fresh).Append("\n\n");
            }
        return text.ToString();
    }

    private static string Key(string name) => Convert.ToHexString(SHA256.HashData(Encoding.UTF8.GetBytes(name)));

    /// <summary>Two sentences that differ only in numbers, case or punctuation are the same.</summary>
    private static string Sameness(string sentence) =>
        string.Concat(sentence.Where(char.IsAsciiLetter).Select(char.ToLowerInvariant));
}
