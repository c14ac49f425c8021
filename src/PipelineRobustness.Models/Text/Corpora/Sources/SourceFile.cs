using PipelineRobustness.Models.Files;

namespace PipelineRobustness.Models.Text.Corpora.Sources;

/// <summary>A file with documents.</summary>
/// <param name="Path">Its path, or another name.</param>
/// <param name="Format">Its format.</param>
/// <param name="Opener">Opens a source that is not a file; null for files.</param>
internal sealed record SourceFile(string Path, SourceFormat Format, Func<Stream>? Opener = null)
{
    private const string Compressed = ".gz";

    /// <summary>The file at a path; its extension determines the format, with text as the default.</summary>
    public static SourceFile At(string path) => new(path, Ending(path) switch
    {
        ".jsonl" or ".ndjson" or ".json" => SourceFormat.JsonLines,
        ".csv" => SourceFormat.Csv,
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

    /// <summary>Opens the file and decompresses it; every read error becomes a one-line error that names the file.</summary>
    /// <exception cref="BadInputException">It cannot be opened.</exception>
    public Stream Open(ReadProgress progress)
    {
        var raw = Raw();
        var stream = IsCompressed(Path) ? new System.IO.Compression.GZipStream(raw, System.IO.Compression.CompressionMode.Decompress) : raw;
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

    private static bool IsCompressed(string path) => path.EndsWith(Compressed, StringComparison.OrdinalIgnoreCase);

    private static string Uncompressed(string path) => IsCompressed(path) ? path[..^Compressed.Length] : path;
}
