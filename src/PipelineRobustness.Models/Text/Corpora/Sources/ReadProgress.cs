namespace PipelineRobustness.Models.Text.Corpora.Sources;

/// <summary>How much of a corpus's files is encoded. Reading runs ahead of encoding by a piece of text, which may be a whole file.</summary>
/// <param name="ticker">Receives every step.</param>
/// <param name="what">The operation, at the start of a progress line.</param>
/// <param name="total">The total number of bytes.</param>
internal sealed class ReadProgress(ThrottledProgress ticker, string what, long total)
{
    private long _read;   // bytes read, at least _complete
    private long _complete;   // bytes read when the last piece was complete

    /// <summary>Reports nothing.</summary>
    public static ReadProgress None { get; } = new(ThrottledProgress.Silent, "", 0);

    /// <summary>Adds bytes read.</summary>
    public void Advance(long bytes)
    {
        _read += bytes;
        Tick(_complete);
    }

    /// <summary>Tells the share of the bytes read since the last complete piece that is encoded; 1 completes the piece.</summary>
    public void Encoded(double share)
    {
        var encoded = _complete + (long)(share * (_read - _complete));
        if (share >= 1)
            _complete = _read;
        Tick(encoded);
    }

    private void Tick(long encoded) =>
        ticker.Tick(() => FormattableString.Invariant($"{what}: {Math.Min(encoded, total) / 1e6:0.0} of {total / 1e6:0.0} MB"));
}
