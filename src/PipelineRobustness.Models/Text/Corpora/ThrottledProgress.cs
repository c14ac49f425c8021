namespace PipelineRobustness.Models.Text.Corpora;

/// <summary>Reports progress at most every few seconds; fast operations report nothing.</summary>
/// <param name="progress">Receives the lines.</param>
/// <param name="clock">The clock.</param>
internal sealed class ThrottledProgress(IProgress<string> progress, TimeProvider clock)
{
    private static readonly TimeSpan Interval = TimeSpan.FromSeconds(3);

    private long _last = clock.GetTimestamp();

    /// <summary>Says nothing.</summary>
    public static ThrottledProgress Silent => new(new SilentProgress(), TimeProvider.System);

    /// <summary>Reports the line if the last one is old enough.</summary>
    public void Tick(Func<string> line)
    {
        if (clock.GetElapsedTime(_last) < Interval) return;

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
