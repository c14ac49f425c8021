using System.Diagnostics;

namespace PipelineRobustness.Benchmarks;

/// <summary>Wall-clock time and processor time of the process since a start.</summary>
internal readonly record struct ResourceTimer(long Began, TimeSpan Cpu)
{
    public static ResourceTimer Begin() => new(Stopwatch.GetTimestamp(), Environment.CpuUsage.TotalTime);

    public TimeSpan Elapsed => Stopwatch.GetElapsedTime(Began);

    public TimeSpan CpuElapsed => Environment.CpuUsage.TotalTime - Cpu;
}
