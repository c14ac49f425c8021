using System.Diagnostics;
using PipelineRobustness.Experiments;
using PipelineRobustness.Pipeline;

namespace PipelineRobustness.Benchmarks;

/// <summary>How fast simulations go on, from their first commit on: several at once, each on a thread of its own.</summary>
internal static class SimulationPace
{
    /// <summary>Stages' iterations a second, over all of them, between the last one's first commit and the first one's last.</summary>
    public static double Measure(ScaleCase one, int atOnce)
    {
        var watches = Enumerable.Range(0, atOnce).Select(_ => new Watch()).ToArray();
        var threads = watches.Select((watch, n) => new Thread(() => ScaleRun.Of(one with { Seed = one.Seed + (ulong)n }, watch))).ToArray();
        foreach (var thread in threads) thread.Start();
        foreach (var thread in threads) thread.Join();
        var (from, to) = (watches.Max(w => w.Commits[0]), watches.Min(w => w.Commits[^1]));
        var commits = watches.Sum(w => w.Commits.Count(at => at > from && at <= to));
        return one.Stages * commits / Stopwatch.GetElapsedTime(from, to).TotalSeconds;
    }

    /// <summary>Bytes of managed memory at the first commit.</summary>
    public static long Memory(ScaleCase one)
    {
        var scales = new Scales();
        ScaleRun.Of(one, scales);
        return scales.Bytes;
    }

    private sealed class Watch : IRunObserver
    {
        public List<long> Commits { get; } = [];

        public void Observe(RunEvent occurrence)
        {
            if (occurrence is IterationCommitted) Commits.Add(Stopwatch.GetTimestamp());
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
