using PipelineRobustness.Experiments.Scale;
using PipelineRobustness.Pipeline.Running;

namespace PipelineRobustness.Benchmarks;

/// <summary>Stages' iterations a second.</summary>
/// <param name="Wall">By the clock.</param>
/// <param name="Processor">By the processor time of the whole process: steadier where others compute too.</param>
internal readonly record struct Pace(double Wall, double Processor)
{
    /// <summary>So many since then.</summary>
    public static Pace Of(double stageIterations, ResourceTimer stretch) =>
        new(stageIterations / stretch.Elapsed.TotalSeconds, stageIterations / stretch.CpuElapsed.TotalSeconds);
}

/// <summary>How fast simulations go on: several at once, each on a thread of its own.</summary>
internal static class SimulationPace
{
    /// <summary>From the last one's first commit to the first one's last.</summary>
    public static Pace Measure(ScaleCase one, int atOnce)
    {
        var watch = new Watch(one, atOnce);
        var threads = Enumerable.Range(0, atOnce)
            .Select(n => new Thread(() => ScaleRun.Of(one with { Seed = one.Seed + (ulong)n }, watch))).ToArray();
        foreach (var thread in threads) thread.Start();
        foreach (var thread in threads) thread.Join();
        return watch.Pace ?? throw new InvalidOperationException("no simulation came to its end");
    }

    /// <summary>Bytes of managed memory at the first commit.</summary>
    public static long Memory(ScaleCase one)
    {
        var scales = new Scales();
        ScaleRun.Of(one, scales);
        return scales.Bytes;
    }

    private sealed class Watch(ScaleCase one, int atOnce) : IRunObserver
    {
        private readonly Lock _lock = new();
        private int _begun;
        private long _commits;
        private ResourceTimer _stretch;

        public Pace? Pace { get; private set; }

        public void Observe(RunEvent occurrence)
        {
            if (occurrence is not IterationCommitted commit) return;
            lock (_lock)
            {
                if (_begun == atOnce) _commits++;
                else if (commit.Iteration == 0 && ++_begun == atOnce) _stretch = ResourceTimer.Begin();
                if (commit.Iteration == one.Iterations - 1) Pace ??= Benchmarks.Pace.Of(one.Stages * (double)_commits, _stretch);
            }
        }
    }

    private sealed class Scales : IRunObserver
    {
        public long Bytes { get; private set; }

        public void Observe(RunEvent occurrence)
        {
            if (occurrence is IterationCommitted && Bytes == 0) Bytes = GC.GetTotalMemory(forceFullCollection: true);
        }
    }
}
