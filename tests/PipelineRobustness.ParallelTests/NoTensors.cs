using PipelineRobustness.Tests;

// The clusters take two threads, and wait more than they compute.
[assembly: CollectionBehavior(MaxParallelThreads = 3)]
[assembly: AssemblyFixture(typeof(NoTensors))]

namespace PipelineRobustness.Tests;

/// <summary>
/// The rule of this assembly: its process never loads libtorch, whose threads and count of live tensors belong to the process.
/// So its tests can run in parallel, also with those of PipelineRobustness.Tests.
/// </summary>
public sealed class NoTensors : IDisposable
{
    public void Dispose()
    {
        const string Loaded = "/proc/self/maps";
        if (!File.Exists(Loaded)) return;
        Assert.DoesNotContain(File.ReadLines(Loaded), line => line.Contains("libtorch", StringComparison.Ordinal));
    }
}
