using PipelineRobustness.Models.Files;

namespace PipelineRobustness.Models.Text.Corpora.Sources;

/// <summary>A source file's bytes, counted and checked to be UTF-8; every error becomes one line that names the file.</summary>
internal sealed class SourceStream(string path, Stream raw, Stream inner, bool utf8, ReadProgress progress) : Stream
{
    private readonly Utf8Check? _check = utf8 ? new Utf8Check(path) : null;
    private long _counted;

    public override bool CanRead => true;

    public override bool CanSeek => inner.CanSeek;

    public override bool CanWrite => false;

    public override long Length => inner.Length;

    public override long Position
    {
        get => inner.Position;
        set => inner.Position = value;
    }

    public override int Read(byte[] buffer, int offset, int count) => Read(buffer.AsSpan(offset, count));

    public override int Read(Span<byte> buffer)
    {
        var read = ReadInner(buffer);
        _check?.Append(buffer[..read]);
        if (read == 0 && buffer.Length > 0)
            End();

        // Count the compressed bytes of a compressed file; a parquet file is read in no particular order.
        var position = Math.Max(_counted, raw.Position);
        progress.Advance(position - _counted);
        _counted = position;
        return read;
    }

    public override long Seek(long offset, SeekOrigin origin) => inner.Seek(offset, origin);

    public override void Flush()
    {
    }

    public override void SetLength(long value) => throw new NotSupportedException();

    public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();

    protected override void Dispose(bool disposing)
    {
        if (disposing)
        {
            inner.Dispose();
            raw.Dispose();
        }

        base.Dispose(disposing);
    }

    private void End()
    {
        _check?.End();
        if (raw is CompressedBytes compressed && !compressed.EndsWell()) throw Damaged();
    }

    private BadInputException Damaged(Exception? cause = null) =>
        new($"{path}: expected a complete gzip file, found one that is damaged, truncated or in another format", cause);

    private int ReadInner(Span<byte> buffer)
    {
        try
        {
            return inner.Read(buffer);
        }
        catch (InvalidDataException e)
        {
            throw Damaged(e);
        }
        catch (Exception e) when (UserFile.IsRefusal(e))
        {
            throw new BadInputException($"{path}: cannot be read: {e.Message}", e);
        }
    }
}
