using PipelineRobustness.Experiments.Scale;
using PipelineRobustness.Pipeline.Running;

namespace PipelineRobustness.Benchmarks;

/// <summary>A rate in stage iterations per second.</summary>
/// <param name="Wall">By wall-clock time.</param>
/// <param name="Processor">By the processor time of the whole process: steadier on a shared machine.</param>
internal readonly record struct Pace(double Wall, double Processor)
{
    /// <summary>The rate since a start.</summary>
    public static Pace Of(double stageIterations, ResourceTimer timer) =>
        new(stageIterations / timer.Elapsed.TotalSeconds, stageIterations / timer.CpuElapsed.TotalSeconds);
}

/// <summary>The speed of several concurrent simulations, each on its own thread.</summary>
internal static class SimulationPace
{
    /// <summary>Measures from the last simulation's first commit to the first simulation's last commit.</summary>
    public static Pace Measure(ScaleCase one, int atOnce)
    {
        var watch = new Watch(one, atOnce);
        var threads = Enumerable.Range(0, atOnce)
            .Select(n => new Thread(() => ScaleRun.Of(one with { Seed = one.Seed + (ulong)n }, watch))).ToArray();
        foreach (var thread in threads) thread.Start();
        foreach (var thread in threads) thread.Join();
        return watch.Pace ?? throw new InvalidOperationException("no simulation finished");
    }

    /// <summary>The managed memory in bytes at the first commit.</summary>
    public static long Memory(ScaleCase one)
    {
        var probe = new MemoryProbe();
        ScaleRun.Of(one, probe);
        return probe.Bytes;
    }

    private sealed class Watch(ScaleCase one, int atOnce) : IRunObserver
    {
        private readonly Lock _lock = new();
        private int _started;
        private long _commits;
        private ResourceTimer _timer;

        public Pace? Pace { get; private set; }

        public void Observe(RunEvent occurrence)
        {
            if (occurrence is not IterationCommitted commit) return;
            lock (_lock)
            {
                if (_started == atOnce) _commits++;
                else if (commit.Iteration == 0 && ++_started == atOnce) _timer = ResourceTimer.Begin();
                if (commit.Iteration == one.Iterations - 1) Pace ??= Benchmarks.Pace.Of(one.Stages * (double)_commits, _timer);
            }
        }
    }

    private sealed class MemoryProbe : IRunObserver
    {
        public long Bytes { get; private set; }

        public void Observe(RunEvent occurrence)
        {
            if (occurrence is IterationCommitted && Bytes == 0) Bytes = GC.GetTotalMemory(forceFullCollection: true);
        }
    }
}
