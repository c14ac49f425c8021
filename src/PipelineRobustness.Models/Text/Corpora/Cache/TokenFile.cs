using System.IO.Hashing;
using System.IO.MemoryMappedFiles;
using System.Runtime.InteropServices;
using PipelineRobustness.Models.Files;

namespace PipelineRobustness.Models.Text.Corpora.Cache;

/// <summary>A file of token ids: written atomically, memory-mapped for reading, and trusted only if its checksum matches.</summary>
internal sealed class TokenFile : ITokenStore
{
    private readonly MemoryMappedFile _file;
    private readonly MemoryMappedViewAccessor _view;

    private TokenFile(MemoryMappedFile file) =>
        (_file, _view) = (file, file.CreateViewAccessor(0, 0, MemoryMappedFileAccess.Read));

    /// <summary>Opens a file; null if it is absent or does not match its header.</summary>
    public static EncodedText? TryOpen(string path, byte[] key)
    {
        try
        {
            return Check(path, key) is { } header ? Open(path, header) : null;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return null;
        }
    }

    /// <summary>Writes the tokens from <paramref name="encode"/>, which returns the number of unknown ones.</summary>
    /// <exception cref="IOException">The file cannot be written.</exception>
    public static void Write(string path, byte[] key, Func<ITokenSink, long> encode) => AtomicFile.Write(path, file =>
    {
        file.Write(new byte[TokenFileHeader.Bytes]);
        var sink = new Sink(file);
        var unknown = encode(sink);
        file.Position = 0;
        file.Write(new TokenFileHeader(key, sink.Count, unknown, sink.Checksum).ToBytes());
    });

    public void Read(long start, Span<int> destination) =>
        _view.SafeMemoryMappedViewHandle.ReadSpan((ulong)(TokenFileHeader.Bytes + start * sizeof(int)), destination);

    public void Dispose()
    {
        _view.Dispose();
        _file.Dispose();
    }

    private static EncodedText Open(string path, TokenFileHeader header)
    {
        if (header.Count == 0) return new EncodedText(Array.Empty<int>(), header.Unknown);

        var file = MemoryMappedFile.CreateFromFile(
            new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.Read | FileShare.Delete),
            null, 0, MemoryMappedFileAccess.Read, HandleInheritability.None, leaveOpen: false);
        return new EncodedText(new TokenSequence(new TokenFile(file), 0, header.Count), header.Unknown);
    }

    private static TokenFileHeader? Check(string path, byte[] key)
    {
        if (!File.Exists(path)) return null;

        using var file = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.Read | FileShare.Delete, 0, FileOptions.SequentialScan);
        var buffer = new byte[1 << 20];
        var header = TokenFileHeader.Read(buffer.AsSpan(0, file.ReadAtLeast(buffer.AsSpan(0, TokenFileHeader.Bytes), TokenFileHeader.Bytes, false)));
        if (header is null
            || !header.Key.AsSpan().SequenceEqual(key)
            || header.Count < 0 || header.Count > long.MaxValue / sizeof(int) - TokenFileHeader.Bytes
            || file.Length != TokenFileHeader.Bytes + header.Count * sizeof(int))
            return null;

        var checksum = new XxHash128();
        while (file.Read(buffer) is > 0 and var read)
            checksum.Append(buffer.AsSpan(0, read));
        return checksum.GetCurrentHash().AsSpan().SequenceEqual(header.Checksum) ? header : null;
    }

    private sealed class Sink(FileStream file) : ITokenSink
    {
        private readonly XxHash128 _checksum = new();

        public long Count { get; private set; }

        public byte[] Checksum => _checksum.GetCurrentHash();

        public void Append(ReadOnlySpan<int> tokens)
        {
            var bytes = MemoryMarshal.AsBytes(tokens);
            _checksum.Append(bytes);
            file.Write(bytes);
            Count += tokens.Length;
        }
    }
}
