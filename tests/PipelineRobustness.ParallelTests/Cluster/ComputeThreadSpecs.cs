using PipelineRobustness.Pipeline.Cluster;

namespace PipelineRobustness.Tests.Cluster;

/// <summary>Only compute threads have a lower priority.</summary>
public sealed class ComputeThreadSpecs
{
    [Fact]
    public void A_compute_thread_lowers_its_own_priority_only()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "threads have a niceness of their own on Linux only");
        var (before, own) = (ComputeThread.Niceness, int.MinValue);
        var thread = new Thread(() =>
        {
            ComputeThread.LowerPriority(before + 5);
            own = ComputeThread.Niceness;
        });
        thread.Start();
        thread.Join();
        Assert.Equal(before + 5, own);
        Assert.Equal(before, ComputeThread.Niceness);
    }
}
