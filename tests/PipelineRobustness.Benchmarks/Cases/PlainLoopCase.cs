namespace PipelineRobustness.Benchmarks;

/// <summary>A training loop without actors.</summary>
internal static class PlainLoopCase
{
    private const int WarmUp = 1;

    /// <summary>One loop with a number of intra-op threads.</summary>
    public static Case Of(Workload workload, int intraOpThreads) => new(
        $"plain loop, {intraOpThreads} intra-op {(intraOpThreads == 1 ? "thread" : "threads")}",
        iterations => FreshThread<Sample>.Start(intraOpThreads, () => Train(workload, iterations, () => { })).Join());

    /// <summary>
    /// Several independent loops at once, with one intra-op thread each: the ceiling of the machine. Their rates are
    /// added, each taken over the loop's own time.
    /// </summary>
    public static Case Concurrent(Workload workload, int loops) => new(
        $"{loops} plain loops at once, 1 intra-op thread each",
        iterations =>
        {
            using var start = new Barrier(loops);
            var all = Enumerable.Range(0, loops)
                .Select(_ => FreshThread<Sample>.Start(1, () => Train(workload, iterations, start.SignalAndWait))).ToArray();
            var samples = all.Select(one => one.Join()).ToArray();
            return new Sample(samples.Sum(s => s.TokensPerSecond), samples.Max(s => s.CpuSeconds) / loops);
        });

    private static Sample Train(Workload workload, int iterations, Action afterWarmUp)
    {
        using var loop = workload.PlainLoop();
        for (var i = 0; i < WarmUp; i++) loop.Train(i);
        afterWarmUp();
        var timer = ResourceTimer.Begin();
        for (var i = 0; i < iterations; i++) loop.Train(WarmUp + i);
        return new Sample(
            iterations * workload.TokensPerIteration / timer.Elapsed.TotalSeconds, timer.CpuElapsed.TotalSeconds / iterations);
    }
}
