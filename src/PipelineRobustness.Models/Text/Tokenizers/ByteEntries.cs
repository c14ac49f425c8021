using System.Globalization;

namespace PipelineRobustness.Models.Text.Tokenizers;

/// <summary>The entries <c>&lt;0x00&gt;</c> to <c>&lt;0xFF&gt;</c>, which represent single bytes.</summary>
internal static class ByteEntries
{
    private const int Length = 6;

    /// <summary>The id of each byte, or null if it is not in the vocabulary.</summary>
    public static int?[] In(IReadOnlyDictionary<string, int> vocabulary) =>
        [.. Enumerable.Range(0, 256).Select(value => vocabulary.TryGetValue($"<0x{value:X2}>", out var id) ? id : (int?)null)];

    /// <summary>Whether an entry represents a byte, and which.</summary>
    public static bool TryByte(string entry, out byte value)
    {
        value = 0;
        return entry.Length == Length && entry.StartsWith("<0x", StringComparison.Ordinal) && entry[^1] == '>'
            && byte.TryParse(entry.AsSpan(3, 2), NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out value);
    }
}
