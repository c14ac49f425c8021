namespace PipelineRobustness.Models.Text.Corpora.Sources;

/// <summary>
/// The bytes of a gzip file. GZipStream ignores what follows the last member and does not tell where it stopped; it gets
/// the last bytes one by one, so that what it did not ask for is known.
/// </summary>
/// <param name="raw">The file, at its beginning.</param>
internal sealed class CompressedBytes(Stream raw) : Stream
{
    private const int TailBytes = 1 << 14;

    private const int Several = -1;

    private bool _reachedEnd;   // whether a read has returned 0
    private int _last = Several;   // the last byte, if it was read alone

    public override bool CanRead => true;

    public override bool CanSeek => false;

    public override bool CanWrite => false;

    public override long Length => raw.Length;

    public override long Position
    {
        get => raw.Position;
        set => throw new NotSupportedException();
    }

    public override int Read(byte[] buffer, int offset, int count) => Read(buffer.AsSpan(offset, count));

    public override int Read(Span<byte> buffer)
    {
        if (buffer.IsEmpty) return 0;

        var before = raw.Length - TailBytes - raw.Position;
        var read = raw.Read(buffer[..(before > 0 ? (int)Math.Min(before, buffer.Length) : 1)]);
        _last = read == 1 ? buffer[0] : Several;
        _reachedEnd |= read == 0;
        return read;
    }

    /// <summary>Whether nothing but a few zeros follows the last member, as tools that fill blocks leave them.</summary>
    public bool EndsWell()
    {
        if (_reachedEnd) return true;

        var rest = _last;
        while (rest == 0)
            rest = raw.ReadByte();
        return rest < 0 && _last != Several;
    }

    public override void Flush()
    {
    }

    public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

    public override void SetLength(long value) => throw new NotSupportedException();

    public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();

    protected override void Dispose(bool disposing)
    {
        if (disposing)
            raw.Dispose();
        base.Dispose(disposing);
    }
}
