using System.Text;

namespace PipelineRobustness.Models.Files;

/// <summary>
/// Recognises text of two or four bytes a character without byte order mark. Most of such bytes are valid UTF-8 (NUL is), so
/// they would pass for text.
/// </summary>
internal static class WideText
{
    private const int BytesMin = 8;
    private const int ZerosEach = 16;   // at least one in so many units of UTF-16: blanks and line ends alone are more

    /// <summary><c>UTF-16</c> or <c>UTF-32</c>; null if it is neither.</summary>
    public static string? EncodingOf(ReadOnlySpan<byte> head)
    {
        if (head.Length < BytesMin || !head.Contains((byte)0)) return null;
        var whole = head[..(head.Length & ~3)];
        if (IsText(Encoding.UTF32, whole) || IsText(new UTF32Encoding(bigEndian: true, byteOrderMark: false), whole)) return "UTF-32";

        whole = head[..(head.Length & ~1)];
        var (even, odd) = (0, 0);
        for (var at = 0; at < whole.Length; at += 2)
            (even, odd) = (even + (whole[at] == 0 ? 1 : 0), odd + (whole[at + 1] == 0 ? 1 : 0));
        var isBigEndian = even > odd;
        var isOften = Math.Max(even, odd) * ZerosEach >= whole.Length / 2 && Math.Min(even, odd) * 4 <= Math.Max(even, odd);
        return isOften && IsText(isBigEndian ? Encoding.BigEndianUnicode : Encoding.Unicode, whole) ? "UTF-16" : null;
    }

    /// <summary>Whether the bytes decode without error to no control characters; the last character may be cut.</summary>
    private static bool IsText(Encoding encoding, ReadOnlySpan<byte> bytes) =>
        encoding.GetString(bytes)[..^1].All(c => c != '\uFFFD' && (!char.IsControl(c) || char.IsWhiteSpace(c)));
}
