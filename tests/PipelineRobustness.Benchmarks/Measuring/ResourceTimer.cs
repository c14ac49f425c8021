using System.Diagnostics;

namespace PipelineRobustness.Benchmarks;

/// <summary>Wall clock and the process's processor time since some instant.</summary>
internal readonly record struct ResourceTimer(long Began, TimeSpan Cpu)
{
    public static ResourceTimer Begin() => new(Stopwatch.GetTimestamp(), Environment.CpuUsage.TotalTime);

    public TimeSpan Elapsed => Stopwatch.GetElapsedTime(Began);

    public TimeSpan CpuElapsed => Environment.CpuUsage.TotalTime - Cpu;
}
