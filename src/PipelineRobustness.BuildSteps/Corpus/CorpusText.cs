using System.Security.Cryptography;
using System.Text;

namespace PipelineRobustness.BuildSteps.Corpus;

/// <summary>
/// Creates one text from documented types: one paragraph per line, followed by an empty line, without repeated
/// sentences.
/// </summary>
public static class CorpusText
{
    /// <summary>
    /// The text. Types are ordered by the SHA-256 of their names, so that the first nine tenths and the last tenth
    /// cover the same subjects; within a type, the order is kept.
    /// </summary>
    public static string Of(IEnumerable<DocumentedType> types)
    {
        var seen = new HashSet<string>(StringComparer.Ordinal);
        var text = new StringBuilder();
        foreach (var type in types.OrderBy(type => Key(type.Name), StringComparer.Ordinal).ThenBy(type => type.Name, StringComparer.Ordinal))
            foreach (var paragraph in type.Paragraphs)
            {
                var sentences = Prose.Sentences(paragraph).Where(sentence => seen.Add(DuplicateKey(sentence))).ToList();
                if (sentences.Count > 0)
                    text.AppendJoin(' ', sentences).Append("\n\n");
            }
        return text.ToString();
    }

    private static string Key(string name) => Convert.ToHexString(SHA256.HashData(Encoding.UTF8.GetBytes(name)));

    /// <summary>Sentences that differ only in numbers, case or punctuation are duplicates.</summary>
    private static string DuplicateKey(string sentence) =>
        string.Concat(sentence.Where(char.IsAsciiLetter).Select(char.ToLowerInvariant));
}
