using PipelineRobustness.Experiments.Runs;
using static TorchSharp.torch;

namespace PipelineRobustness.Tests.Experiments;

/// <summary>What the process has resident at the highest.</summary>
public sealed class MemoryWatchSpecs
{
    private const long Megabyte = 1 << 20;
    private const long Size = 64 * Megabyte;
    private const long Slack = 16 * Megabyte;

    [Fact]
    public void A_memory_watch_sees_a_peak_that_is_gone()
    {
        var watch = MemoryWatch.Begin();
        Touch();
        Assert.InRange(watch.PeakAbove, Size - Slack, watch.OfRun ? Size + Slack : long.MaxValue);
    }

    [Fact]
    public void A_memory_watch_ignores_an_earlier_peak()
    {
        Touch();
        var watch = MemoryWatch.Begin();
        Assert.SkipUnless(watch.OfRun, "the system does not let the peak be set back");
        Assert.InRange(watch.PeakAbove, 0, Slack);
    }

    // Ones, because the system allocates memory when it is written to.
    private static void Touch() => ones(Size / sizeof(float)).Dispose();
}
