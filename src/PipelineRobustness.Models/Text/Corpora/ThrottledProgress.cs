namespace PipelineRobustness.Models.Text.Corpora;

/// <summary>Passes on a line of progress every few seconds, so that what is quickly done says nothing.</summary>
/// <param name="progress">Gets the lines.</param>
/// <param name="clock">Tells the time.</param>
internal sealed class ThrottledProgress(IProgress<string> progress, TimeProvider clock)
{
    private static readonly TimeSpan Every = TimeSpan.FromSeconds(3);

    private long _last = clock.GetTimestamp();

    /// <summary>Says nothing.</summary>
    public static ThrottledProgress Silent => new(new SilentProgress(), TimeProvider.System);

    /// <summary>Passes the line on if the last one is some seconds ago.</summary>
    public void Tick(Func<string> line)
    {
        if (clock.GetElapsedTime(_last) < Every) return;

        _last = clock.GetTimestamp();
        progress.Report(line());
    }
}

/// <summary>Says nothing.</summary>
internal sealed class SilentProgress : IProgress<string>
{
    public void Report(string value)
    {
    }
}
