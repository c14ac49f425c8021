namespace PipelineRobustness.Benchmarks;

/// <summary>A training loop without actors.</summary>
internal static class PlainLoopCase
{
    private const int WarmUp = 1;

    /// <summary>One loop, with so many intra-op threads.</summary>
    public static Case Of(Workload workload, int intraOpThreads) => new(
        $"plain loop, {intraOpThreads} intra-op {(intraOpThreads == 1 ? "thread" : "threads")}",
        iterations => FreshThread<Sample>.Start(intraOpThreads, () => Train(workload, iterations, () => { })).Join());

    /// <summary>
    /// So many loops at once that know nothing of each other, with one intra-op thread each: the ceiling that the machine
    /// gives, whatever runs on it. Their rates are added, each taken over the loop's own time.
    /// </summary>
    public static Case AtOnce(Workload workload, int loops) => new(
        $"{loops} plain loops at once, 1 intra-op thread each",
        iterations =>
        {
            using var start = new Barrier(loops);
            var all = Enumerable.Range(0, loops)
                .Select(_ => FreshThread<Sample>.Start(1, () => Train(workload, iterations, start.SignalAndWait))).ToArray();
            var samples = all.Select(one => one.Join()).ToArray();
            return new Sample(samples.Sum(s => s.TokensPerSecond), samples.Max(s => s.CpuSeconds) / loops);
        });

    private static Sample Train(Workload workload, int iterations, Action whenWarm)
    {
        using var loop = workload.PlainLoop();
        for (var i = 0; i < WarmUp; i++) loop.Train(i);
        whenWarm();
        var stretch = ResourceTimer.Begin();
        for (var i = 0; i < iterations; i++) loop.Train(WarmUp + i);
        return new Sample(
            iterations * workload.TokensPerIteration / stretch.Elapsed.TotalSeconds, stretch.CpuElapsed.TotalSeconds / iterations);
    }
}
