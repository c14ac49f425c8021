using PipelineRobustness.Models.Files;

namespace PipelineRobustness.Models.Text.Corpora.Sources;

/// <summary>A file that documents are read from.</summary>
/// <param name="Path">Where it is, or what to call it.</param>
/// <param name="Format">How it holds its documents.</param>
/// <param name="Opener">Opens what is no file; null where it is one.</param>
internal sealed record SourceFile(string Path, SourceFormat Format, Func<Stream>? Opener = null)
{
    private const string Compressed = ".gz";

    /// <summary>The file at a path, its format told by the name's ending; what is unknown is text.</summary>
    public static SourceFile At(string path) => new(path, Ending(path) switch
    {
        ".jsonl" or ".ndjson" or ".json" => SourceFormat.JsonLines,
        ".csv" => SourceFormat.Csv,
        ".parquet" => SourceFormat.Parquet,
        _ => SourceFormat.Text,
    });

    /// <summary>The lower-case ending of a file's name, that of compression left out.</summary>
    public static string Ending(string path) => System.IO.Path.GetExtension(Uncompressed(path)).ToLowerInvariant();

    /// <summary>The name without folder and ending.</summary>
    public static string Stem(string path) => System.IO.Path.GetFileNameWithoutExtension(Uncompressed(path));

    /// <summary>Bytes of the file.</summary>
    /// <exception cref="BadInputException">It cannot be opened.</exception>
    public long Length
    {
        get
        {
            using var stream = Raw();
            return stream.Length;
        }
    }

    /// <summary>Whether its bytes are those of its text: neither compressed nor parquet.</summary>
    public bool IsPlain => Format != SourceFormat.Parquet && !IsCompressed(Path);

    /// <summary>SHA-256 of its bytes as they are, in lower-case hex.</summary>
    /// <exception cref="BadInputException">It cannot be opened.</exception>
    public string Sha256()
    {
        using var stream = Raw();
        return Convert.ToHexStringLower(System.Security.Cryptography.SHA256.HashData(stream));
    }

    /// <summary>Opens the file, uncompressed; every failure to read is one line that names it.</summary>
    /// <exception cref="BadInputException">It cannot be opened.</exception>
    public Stream Open(ReadProgress reading)
    {
        var raw = Raw();
        var stream = IsCompressed(Path) ? new System.IO.Compression.GZipStream(raw, System.IO.Compression.CompressionMode.Decompress) : raw;
        return new SourceStream(Path, raw, stream, utf8: Format != SourceFormat.Parquet, reading);
    }

    /// <summary>Opens the file as UTF-8 text; a byte order mark is left out.</summary>
    /// <exception cref="BadInputException">It cannot be opened; reading throws where it is not UTF-8.</exception>
    public StreamReader OpenText(ReadProgress reading) => new(Open(reading), System.Text.Encoding.UTF8, true, 1 << 16);

    /// <summary>Opens the file as it is.</summary>
    /// <exception cref="BadInputException">It cannot be opened.</exception>
    public Stream Raw() => Opener is { } opener
        ? opener()
        : UserFile.Open<Stream>(Path, p => new FileStream(p, FileMode.Open, FileAccess.Read, FileShare.Read, 1 << 16, FileOptions.SequentialScan));

    private static bool IsCompressed(string path) => path.EndsWith(Compressed, StringComparison.OrdinalIgnoreCase);

    private static string Uncompressed(string path) => IsCompressed(path) ? path[..^Compressed.Length] : path;
}
