namespace PipelineRobustness.Models.Text.Corpora.Sources;

/// <summary>Counts the bytes read from a corpus's files.</summary>
/// <param name="ticker">Receives every step.</param>
/// <param name="what">The operation, at the start of a progress line.</param>
/// <param name="total">The total number of bytes.</param>
internal sealed class ReadProgress(ThrottledProgress ticker, string what, long total)
{
    private long _read;

    /// <summary>Reports nothing.</summary>
    public static ReadProgress None { get; } = new(ThrottledProgress.Silent, "", 0);

    /// <summary>Adds bytes read.</summary>
    public void Advance(long bytes)
    {
        var read = _read += bytes;
        ticker.Tick(() => FormattableString.Invariant($"{what}: {Math.Min(read, total) / 1e6:0.0} of {total / 1e6:0.0} MB"));
    }
}
