using System.Text;
using System.Text.Unicode;

namespace PipelineRobustness.Pipeline.Lanes;

/// <summary>Names of nodes as bytes. They appear in logs, so they contain nothing that a terminal or a log's reader could misinterpret.</summary>
internal static class NodeNames
{
    /// <summary>The maximum length in bytes.</summary>
    public const int BytesMost = 128;

    public static byte[] Write(string name)
    {
        var bytes = Encoding.UTF8.GetBytes(name);
        return IsName(bytes)
            ? bytes
            : throw new ArgumentException($"expected a node's name of 1 to {BytesMost} letters, digits or punctuation, found \"{name}\"", nameof(name));
    }

    public static string Read(ReadOnlySpan<byte> bytes) => IsName(bytes)
        ? Encoding.UTF8.GetString(bytes)
        : throw new ProtocolViolationException($"a node's name is 1 to {BytesMost} bytes of letters, digits and punctuation");

    private static bool IsName(ReadOnlySpan<byte> bytes)
    {
        if (bytes.Length is 0 or > BytesMost || !Utf8.IsValid(bytes)) return false;
        foreach (var rune in Encoding.UTF8.GetString(bytes).EnumerateRunes())
            if (!Rune.IsLetterOrDigit(rune) && !(rune.IsAscii && Rune.IsPunctuation(rune)))
                return false;
        return true;
    }
}
