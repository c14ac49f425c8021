using System.Security;
using System.Security.Cryptography;
using System.Text;
using System.Text.Unicode;

namespace PipelineRobustness.Models.Files;

/// <summary>Opens files named by the user; every failure becomes a one-line error that names the path.</summary>
public static class UserFile
{
    private static ReadOnlySpan<byte> ByteOrderMark => [0xEF, 0xBB, 0xBF];

    /// <summary>The file's UTF-8 text without byte order mark.</summary>
    /// <exception cref="BadInputException">As for <see cref="ReadBytes"/>, or the text is not UTF-8.</exception>
    public static string ReadText(string path, long bytesMax)
    {
        var bytes = ReadBytes(path, bytesMax);
        var text = bytes.AsSpan();
        if (text.StartsWith(ByteOrderMark))
            text = text[ByteOrderMark.Length..];
        if (!Utf8.IsValid(text))
            throw new BadInputException($"{path}: expected UTF-8 text, found invalid bytes at offset {FirstInvalid(bytes)}");
        return bytes.IndexOf((byte)0) is >= 0 and var zero ? throw Zero(path, zero) : Encoding.UTF8.GetString(text);
    }

    /// <summary>Whether there is a file, or a folder or a link to nothing in its place, which opening it reports.</summary>
    internal static bool IsThere(string path) => Path.Exists(path) || new FileInfo(path).LinkTarget is not null;

    /// <summary>Runs <paramref name="open"/> and converts every way a path can fail into a one-line error.</summary>
    /// <exception cref="BadInputException">The path is absent, a folder, a pipe, a device or unreadable.</exception>
    public static T Open<T>(string path, Func<string, T> open)
    {
        if (Directory.Exists(path)) throw new BadInputException($"{path}: expected a file, found a folder");
        if (FileKind.IsSpecial(path))
            throw new BadInputException($"{path}: expected a regular file, found a pipe, socket or device");
        try
        {
            return open(path);
        }
        catch (Exception e) when (e is FileNotFoundException or DirectoryNotFoundException)
        {
            var target = new FileInfo(path).LinkTarget;
            throw new BadInputException($"{path}: expected a file, found {(target is null ? "nothing there" : $"a link to nothing ({target})")}", e);
        }
        catch (Exception e) when (IsRefusal(e))
        {
            throw new BadInputException($"{path}: cannot be read: {e.Message}", e);
        }
    }

    /// <summary>SHA-256 of a file's bytes, in lower-case hex.</summary>
    /// <exception cref="BadInputException">As for <see cref="Open"/>.</exception>
    public static string Sha256(string path) => Open(path, name =>
    {
        using var stream = File.OpenRead(name);
        return Convert.ToHexStringLower(SHA256.HashData(stream));
    });

    /// <summary>Why the file system refused an operation, in its words, without the path of a file that the user may not know.</summary>
    public static string Why(Exception e)
    {
        ArgumentNullException.ThrowIfNull(e);
        // .NET's exception for EFBIG, whose text is about a parameter.
        if (e is ArgumentOutOfRangeException { ParamName: "value" }) return "a file that became too large (ulimit -f, or the file system's limit)";
        var path = e.Message.IndexOf(" : '", StringComparison.Ordinal);
        return path < 0 ? e.Message : e.Message[..path];
    }

    /// <summary>Whether an exception means that the file system refused an operation.</summary>
    public static bool IsRefusal(Exception e) =>
        e is IOException or UnauthorizedAccessException or SecurityException or ArgumentException or NotSupportedException;

    /// <summary>The bytes of a file of text.</summary>
    /// <exception cref="BadInputException">
    /// The path is absent, a folder, unreadable or too large, or its first bytes are of something else: a Git LFS
    /// pointer, an HTML page, an archive.
    /// </exception>
    public static byte[] ReadBytes(string path, long bytesMax) => Open(path, p =>
    {
        using var file = File.OpenHandle(p, options: FileOptions.SequentialScan);
        var length = RandomAccess.GetLength(file);
        if (length > bytesMax)
        {
            var what = FileSignature.OfFile(p) is { } other ? $" of {other}" : "";
            throw new BadInputException($"{p}: expected at most {bytesMax} bytes, found {length}{what}");
        }
        var bytes = new byte[length];
        for (var done = 0; done < bytes.Length;)
        {
            var read = RandomAccess.Read(file, bytes.AsSpan(done), done);
            if (read == 0) throw new BadInputException($"{p}: expected {length} bytes, found its end after {done}");
            done += read;
        }
        return FileSignature.Of(bytes) is { } found ? throw new BadInputException($"{p}: expected UTF-8 text, found {found}") : bytes;
    });

    /// <summary>The error for a NUL byte: valid UTF-8, but no text has one. UTF-16 and binary data do.</summary>
    internal static BadInputException Zero(string path, long offset) => new($"{path}: expected UTF-8 text, found a NUL byte at offset {offset}");

    /// <summary>The offset of the first byte that is not valid UTF-8; the length if all are valid.</summary>
    internal static int FirstInvalid(ReadOnlySpan<byte> bytes)
    {
        var offset = 0;
        while (Rune.DecodeFromUtf8(bytes[offset..], out _, out var consumed) == System.Buffers.OperationStatus.Done)
            offset += consumed;
        return offset;
    }
}
