namespace PipelineRobustness.Models.Text.Corpora.Sources;

/// <summary>Counts what is read of a corpus's files.</summary>
/// <param name="ticker">Is told of every step.</param>
/// <param name="what">What is being done, as a progress line begins.</param>
/// <param name="total">Bytes that there are in all.</param>
internal sealed class ReadProgress(ThrottledProgress ticker, string what, long total)
{
    private long _read;

    /// <summary>Reading that nobody watches.</summary>
    public static ReadProgress Unwatched { get; } = new(ThrottledProgress.Silent, "", 0);

    /// <summary>So many more bytes were read.</summary>
    public void Advance(long bytes)
    {
        var read = _read += bytes;
        ticker.Tick(() => FormattableString.Invariant($"{what}: {Math.Min(read, total) / 1e6:0.0} of {total / 1e6:0.0} MB"));
    }
}
