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
    public const string HtmlPage = "an HTML page: the file itself was not downloaded";

    /// <summary>What <see cref="Of"/> says of weights.</summary>
    public const string SafeTensors = "a safetensors file";

    private const int TarOffset = 257;
    private const int Utf16BytesMin = 8, Utf16BytesMax = 64;

    /// <summary>Formats with a control character or an invalid UTF-8 byte in their signature: no text begins like them.</summary>
    private static readonly (byte[] Bytes, string What)[] Formats =
    [
        ([.. "PK\u0003\u0004"u8], "a zip archive, as PyTorch's .bin files are"),
        ([.. "PK\u0005\u0006"u8], "an empty zip archive"),
        ([0x1F, 0x8B], "a gzip file (name it .gz)"),
        ([0xFD, .. "7zXZ\0"u8], "an xz file: decompress it first"),
        ([0x28, 0xB5, 0x2F, 0xFD], "a zstd file: decompress it first"),
        ([0x04, 0x22, 0x4D, 0x18], "an lz4 file: decompress it first"),
        ([.. "7z"u8, 0xBC, 0xAF, 0x27, 0x1C], "a 7z archive"),
        ([.. "Rar!\u001A\u0007"u8], "a rar archive"),
        ([.. "PAR1\u0015"u8], "a parquet file (name it .parquet)"),
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
        ([0xFF, 0xFE], Utf16),
        ([0xFE, 0xFF], Utf16),
    ];

    /// <summary>What servers answer, as a whole, in place of a file.</summary>
    private static readonly string[] ErrorTexts =
    [
        "404: Not Found", "Not Found", "Entry not found", "File not found", "Repository not found", "Invalid username or password.", "Unauthorized",
        "Access denied",
    ];

    private const string Utf16 = "UTF-16 text: convert it to UTF-8";
    private const string ServerError = "a server's error message: the file itself was not downloaded";

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
        return IsUtf16(head) ? Utf16 : OfText(head);
    }

    /// <summary>What the file at a path is, or null; null too if it cannot be read, which opening it reports.</summary>
    public static string? OfFile(string path)
    {
        if (FileKind.IsSpecial(path)) return null;
        try
        {
            using var file = File.OpenRead(path);
            return Of(Head(file));
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
        var text = Encoding.Latin1.GetString(head).Trim();
        if (IsPointer(text)) return "a Git LFS pointer: the file itself was not fetched (git lfs pull)";
        if (text.StartsWith("/annex/objects/", StringComparison.Ordinal) || text.StartsWith("../.git/annex/objects/", StringComparison.Ordinal))
            return "a git-annex pointer: the file itself was not fetched (git annex get)";
        if (text.StartsWith("../../blobs/", StringComparison.Ordinal) && !text.Contains('\n', StringComparison.Ordinal))
            return "the path of a link's target: the link was copied, not the file";
        if (IsHtml(text)) return HtmlPage;
        return IsServerError(text, isWhole: head.Length < HeadBytes - ByteOrderMark.Length) ? ServerError : null;
    }

    private static bool IsPointer(string text) =>
        (text.StartsWith("version https://git-lfs.github.com/spec/", StringComparison.Ordinal)
            || text.StartsWith("version https://hawser.github.com/spec/", StringComparison.Ordinal))
        && text.Contains("\noid ", StringComparison.Ordinal);

    private static bool IsHtml(string text)
    {
        var rest = AfterXmlDeclaration(text);
        return Begins(rest, "<!doctype html")
            || (Begins(rest, "<html") && rest.Length > "<html".Length && (rest["<html".Length] == '>' || char.IsWhiteSpace(rest["<html".Length])));
    }

    private static bool IsServerError(string text, bool isWhole) =>
        Begins(AfterXmlDeclaration(text), "<Error><Code>")
        || (isWhole && (ErrorTexts.Contains(text, StringComparer.OrdinalIgnoreCase) || IsErrorObject(text)));

    private static bool IsErrorObject(string text) =>
        Begins(text, "{\"error\":") && text.EndsWith('}') && !text.Contains('\n', StringComparison.Ordinal);

    private static string AfterXmlDeclaration(string text) =>
        Begins(text, "<?xml") && text.IndexOf("?>", StringComparison.Ordinal) is >= 0 and var end ? text[(end + 2)..].TrimStart() : text;

    private static bool Begins(string text, string with) => text.StartsWith(with, StringComparison.OrdinalIgnoreCase);

    private static bool IsBzip2(ReadOnlySpan<byte> head) =>
        head.Length > 9 && head.StartsWith("BZh"u8) && head[4..].StartsWith((ReadOnlySpan<byte>)[0x31, 0x41, 0x59, 0x26, 0x53, 0x59]);

    /// <summary>A header length below 2^40 and the header's opening brace; text has no zero bytes there.</summary>
    private static bool IsSafeTensors(ReadOnlySpan<byte> head) => head.Length > 8 && head[8] == (byte)'{' && head[5] == 0 && head[6] == 0 && head[7] == 0;

    /// <summary>UTF-16 without byte order mark, of Latin letters: every second byte is zero, and only those.</summary>
    private static bool IsUtf16(ReadOnlySpan<byte> head)
    {
        var bytes = head[..Math.Min(head.Length & ~1, Utf16BytesMax)];
        var zeros = (First: 0, Second: 0);
        for (var at = 0; at < bytes.Length; at += 2)
            zeros = (zeros.First + (bytes[at] == 0 ? 1 : 0), zeros.Second + (bytes[at + 1] == 0 ? 1 : 0));
        return bytes.Length >= Utf16BytesMin && Math.Max(zeros.First, zeros.Second) == bytes.Length / 2 && Math.Min(zeros.First, zeros.Second) == 0;
    }
}
