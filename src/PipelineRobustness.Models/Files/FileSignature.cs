using System.Text;

namespace PipelineRobustness.Models.Files;

/// <summary>
/// Recognises, by its first bytes, a file that is not what its name says: what a download left that did not happen
/// (a pointer, a login page, a server's error), an archive, a file of another format, text in another encoding.
/// </summary>
internal static class FileSignature
{
    /// <summary>How many of the first bytes are needed; fewer are taken for the whole file.</summary>
    public const int HeadBytes = 1024;

    /// <summary>What <see cref="Of"/> says of an HTML page.</summary>
    public const string HtmlPage = TextSignature.HtmlPage;

    /// <summary>What <see cref="Of"/> says of weights.</summary>
    public const string SafeTensors = "a safetensors file";

    /// <summary>What <see cref="Of"/> says of a zip archive, a gzip file and a parquet file.</summary>
    public const string Zip = "a zip archive", Gzip = "a gzip file", Parquet = "a parquet file";

    private const int TarOffset = 257;
    private const int ShownCharacters = 40;

    /// <summary>Formats with a control character or an invalid UTF-8 byte in their signature: no text begins like them.</summary>
    private static readonly (byte[] Bytes, string What)[] Formats =
    [
        ([.. "PK\u0003\u0004"u8], Zip),
        ([.. "PK\u0005\u0006"u8], "an empty zip archive"),
        ([0x1F, 0x8B], Gzip),
        ([0xFD, .. "7zXZ\0"u8], "an xz file: decompress it first"),
        ([0x28, 0xB5, 0x2F, 0xFD], "a zstd file: decompress it first"),
        ([0x04, 0x22, 0x4D, 0x18], "an lz4 file: decompress it first"),
        ([.. "7z"u8, 0xBC, 0xAF, 0x27, 0x1C], "a 7z archive"),
        ([.. "Rar!\u001A\u0007"u8], "a rar archive"),
        ([.. "PAR1\u0015"u8], Parquet),
        ([.. "ARROW1\0"u8], "an Arrow file"),
        ([0xFF, 0xFF, 0xFF, 0xFF], "an Arrow stream"),
        ([0x80, 0x02], "a Python pickle"),
        ([0x80, 0x03], "a Python pickle"),
        ([0x80, 0x04], "a Python pickle"),
        ([0x80, 0x05], "a Python pickle"),
        ([0x93, .. "NUMPY"u8], "a NumPy array"),
        ([0x89, .. "HDF\r\n"u8], "an HDF5 file"),
        ([.. "GGUF\u0001\0"u8], "a GGUF model"),
        ([.. "GGUF\u0002\0"u8], "a GGUF model"),
        ([.. "GGUF\u0003\0"u8], "a GGUF model"),
        ([.. "SQLite format 3\0"u8], "an SQLite database"),
        ([0x89, .. "PNG\r\n"u8], "a PNG image"),
        ([0xFF, 0xD8, 0xFF], "a JPEG image"),
        ([0x7F, .. "ELF"u8], "a program (ELF)"),
        ([0xD0, 0xCF, 0x11, 0xE0], "an old Office document"),
        ([0xFF, 0xFE, 0x00, 0x00], "UTF-32 text: convert it to UTF-8"),
        ([0x00, 0x00, 0xFE, 0xFF], "UTF-32 text: convert it to UTF-8"),
        ([0xFF, 0xFE], "UTF-16 text: convert it to UTF-8"),
        ([0xFE, 0xFF], "UTF-16 text: convert it to UTF-8"),
    ];

    private static ReadOnlySpan<byte> ByteOrderMark => [0xEF, 0xBB, 0xBF];

    /// <summary>What the file is, fit for the end of "expected X, found ..."; null if nothing is recognised.</summary>
    /// <param name="head">The file's first <see cref="HeadBytes"/> bytes, or all of them.</param>
    public static string? Of(ReadOnlySpan<byte> head)
    {
        head = head[..Math.Min(head.Length, HeadBytes)];
        // First, since a header's length may begin like a shorter signature.
        if (IsSafeTensors(head)) return SafeTensors;
        foreach (var (bytes, what) in Formats)
        {
            if (head.StartsWith(bytes)) return what;
        }
        if (IsBzip2(head)) return "a bzip2 file: decompress it first";
        if (head.Length > TarOffset && head[TarOffset..].StartsWith("ustar"u8)) return "a tar archive";
        return WideText.EncodingOf(head) is { } encoding ? $"{encoding} text: convert it to UTF-8" : OfText(head);
    }

    /// <summary>What the file at a path is, or null; null too if it cannot be read, which opening it reports.</summary>
    /// <param name="path">The path.</param>
    /// <param name="isBinary">Whether text of any kind is foreign there, and quoted if it is not recognised.</param>
    public static string? OfFile(string path, bool isBinary = false)
    {
        if (FileKind.IsSpecial(path)) return null;
        try
        {
            using var file = File.OpenRead(path);
            var head = Head(file);
            return Of(head) ?? (isBinary ? Beginning(head) : null);
        }
        catch (Exception e) when (UserFile.IsRefusal(e))
        {
            return null;
        }
    }

    /// <summary>The next bytes of a stream, as many as <see cref="Of"/> needs.</summary>
    public static ReadOnlySpan<byte> Head(Stream stream)
    {
        var head = new byte[HeadBytes];
        return head.AsSpan(0, stream.ReadAtLeast(head, HeadBytes, throwOnEndOfStream: false));
    }

    private static string? OfText(ReadOnlySpan<byte> head)
    {
        if (head.StartsWith(ByteOrderMark))
            head = head[ByteOrderMark.Length..];
        // A multi-byte character may be cut at the end; Latin-1 keeps every byte and all of ASCII.
        return TextSignature.Of(Encoding.Latin1.GetString(head).Trim(), isWhole: head.Length < HeadBytes - ByteOrderMark.Length);
    }

    private static bool IsBzip2(ReadOnlySpan<byte> head) =>
        head.Length > 9 && head.StartsWith("BZh"u8) && head[4..].StartsWith((ReadOnlySpan<byte>)[0x31, 0x41, 0x59, 0x26, 0x53, 0x59]);

    /// <summary>A header length below 2^40 and the header's opening brace; text has no zero bytes there.</summary>
    private static bool IsSafeTensors(ReadOnlySpan<byte> head) => head.Length > 8 && head[8] == (byte)'{' && head[5] == 0 && head[6] == 0 && head[7] == 0;

    /// <summary>Text by its first characters; null if it is none.</summary>
    private static string? Beginning(ReadOnlySpan<byte> head)
    {
        var text = Encoding.UTF8.GetString(head);
        // The last character may be cut.
        var isText = text.Length > 0 && text[..^1].All(c => c != '\uFFFD' && (!char.IsControl(c) || char.IsWhiteSpace(c)));
        var shown = string.Join(' ', text.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries));
        return isText ? $"text beginning with \"{shown[..Math.Min(shown.Length, ShownCharacters)]}\"" : null;
    }
}
