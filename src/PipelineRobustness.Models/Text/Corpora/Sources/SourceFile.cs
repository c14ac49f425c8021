using System.IO.Compression;
using PipelineRobustness.Models.Files;

namespace PipelineRobustness.Models.Text.Corpora.Sources;

/// <summary>A file with documents.</summary>
/// <param name="Path">Its path, or another name.</param>
/// <param name="Format">Its format.</param>
/// <param name="Opener">Opens a source that is not a file; null for files.</param>
internal sealed record SourceFile(string Path, SourceFormat Format, Func<Stream>? Opener = null)
{
    private const string Compressed = ".gz";

    // A page by any other name may be meant, as in a folder of code.
    private static readonly string[] PlainTextExtensions = ["", ".txt", ".text", ".tokens", ".raw"];

    private static ReadOnlySpan<byte> ParquetSignature => "PAR1"u8;

    /// <summary>The file at a path; its extension determines the format, with text as the default.</summary>
    public static SourceFile At(string path) => new(path, Ending(path) switch
    {
        ".jsonl" or ".ndjson" or ".json" => SourceFormat.JsonLines,
        ".csv" => SourceFormat.Csv,
        ".tsv" => SourceFormat.Tsv,
        ".parquet" => SourceFormat.Parquet,
        _ => SourceFormat.Text,
    });

    /// <summary>The lower-case extension of a file's name, without that of compression.</summary>
    public static string Ending(string path) => System.IO.Path.GetExtension(Uncompressed(path)).ToLowerInvariant();

    /// <summary>The name without folder and extension.</summary>
    public static string Stem(string path) => System.IO.Path.GetFileNameWithoutExtension(Uncompressed(path));

    /// <summary>The file's size in bytes.</summary>
    /// <exception cref="BadInputException">It cannot be opened.</exception>
    public long Length
    {
        get
        {
            using var stream = Raw();
            return stream.Length;
        }
    }

    /// <summary>Whether its bytes are its text: neither compressed nor parquet.</summary>
    public bool IsPlain => Format != SourceFormat.Parquet && !IsCompressed(Path);

    /// <summary>SHA-256 of the file's bytes, in lower-case hex.</summary>
    /// <exception cref="BadInputException">It cannot be opened.</exception>
    public string Sha256()
    {
        using var stream = Raw();
        return Convert.ToHexStringLower(System.Security.Cryptography.SHA256.HashData(stream));
    }

    /// <summary>What the file is, if its first bytes are of something else than its name says; else null.</summary>
    /// <exception cref="BadInputException">It cannot be opened.</exception>
    public string? Foreign()
    {
        using var raw = Raw();
        var head = FileSignature.Head(raw);
        if (IsCompressed(Path) && FileSignature.Of(head) is FileSignature.Gzip)
        {
            raw.Position = 0;
            using var content = new GZipStream(raw, CompressionMode.Decompress);
            head = HeadOf(content);
        }

        if (Format == SourceFormat.Parquet) return head.StartsWith(ParquetSignature) ? null : FileSignature.Of(head);

        var found = FileSignature.Of(head);
        if (found is FileSignature.Gzip && !IsCompressed(Path)) return $"{found} (name it {Compressed})";
        if (found is FileSignature.Parquet && !IsCompressed(Path)) return $"{found} (name it .parquet)";
        if (Format != SourceFormat.Text || found != FileSignature.HtmlPage) return found;

        return PlainTextExtensions.Contains(Ending(Path)) ? $"{found} (name it .html if the page is meant)" : null;
    }

    /// <summary>Checks that the first bytes are not of something else than the name says.</summary>
    /// <exception cref="BadInputException">They are of a Git LFS pointer, an HTML page, an archive or the like.</exception>
    public void CheckSignature()
    {
        if (Foreign() is { } found) throw new BadInputException($"{Path}: expected {Expected}, found {found}");
    }

    /// <summary>Opens the file and decompresses it; every read error becomes a one-line error that names the file.</summary>
    /// <exception cref="BadInputException">It cannot be opened.</exception>
    public Stream Open(ReadProgress progress)
    {
        var raw = IsCompressed(Path) ? new CompressedBytes(Raw()) : Raw();
        var stream = IsCompressed(Path) ? new GZipStream(raw, CompressionMode.Decompress) : raw;
        return new SourceStream(Path, raw, stream, utf8: Format != SourceFormat.Parquet, progress);
    }

    /// <summary>Opens the file as UTF-8 text without byte order mark.</summary>
    /// <exception cref="BadInputException">It cannot be opened. Reading throws the same exception for invalid UTF-8.</exception>
    public StreamReader OpenText(ReadProgress progress) => new(Open(progress), System.Text.Encoding.UTF8, true, 1 << 16);

    /// <summary>Opens the file without decompression.</summary>
    /// <exception cref="BadInputException">It cannot be opened.</exception>
    public Stream Raw() => Opener is { } opener
        ? opener()
        : UserFile.Open<Stream>(Path, p => new FileStream(p, FileMode.Open, FileAccess.Read, FileShare.Read, 1 << 16, FileOptions.SequentialScan));

    private string Expected => Format switch
    {
        SourceFormat.Parquet => "a parquet file",
        SourceFormat.Csv => "comma-separated values",
        SourceFormat.Tsv => "tab-separated values",
        SourceFormat.JsonLines => "lines of JSON",
        _ => "UTF-8 text",
    };

    // Reading the whole file reports what is damaged.
    private static ReadOnlySpan<byte> HeadOf(GZipStream content)
    {
        try
        {
            return FileSignature.Head(content);
        }
        catch (InvalidDataException)
        {
            return [];
        }
    }

    private static bool IsCompressed(string path) => path.EndsWith(Compressed, StringComparison.OrdinalIgnoreCase);

    private static string Uncompressed(string path) => IsCompressed(path) ? path[..^Compressed.Length] : path;
}
