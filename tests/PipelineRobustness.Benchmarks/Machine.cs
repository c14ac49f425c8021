using System.Diagnostics;
using System.Globalization;
using PipelineRobustness.Experiments.Results;

namespace PipelineRobustness.Benchmarks;

/// <summary>The machine and what else it does. What only Linux tells is null elsewhere.</summary>
internal sealed class Machine
{
    private const double TicksPerSecond = 100;

    private readonly ResourceTimer _stretch = ResourceTimer.Begin();
    private readonly double? _busy = BusySeconds();

    /// <summary>The load averages over 1, 5 and 15 minutes.</summary>
    public static string? Load =>
        File.Exists("/proc/loadavg") ? string.Join(' ', File.ReadAllText("/proc/loadavg").Split(' ')[..3]) : null;

    /// <summary>The most memory this process ever had resident, in bytes.</summary>
    public static long PeakResident
    {
        get
        {
            using var self = Process.GetCurrentProcess();
            return self.PeakWorkingSet64;
        }
    }

    /// <summary>How many cores others have kept busy since this was made, taken away by the hypervisor included.</summary>
    public double? CoresOfOthers => BusySeconds() - _busy is { } busy
        ? Math.Max(0, (busy - _stretch.CpuElapsed.TotalSeconds) / _stretch.Elapsed.TotalSeconds)
        : null;

    /// <summary>Writes what the numbers will have been made on.</summary>
    public static void Print(TextWriter output)
    {
        var waiting = Environment.GetEnvironmentVariable("OMP_WAIT_POLICY") ?? "default";
        output.WriteLine(
            $"{Environment.ProcessorCount} cores, load average {Load ?? "unknown"} at the start; OMP_WAIT_POLICY {waiting}; "
            + string.Join(", ", Versions.All.Select(v => $"{v.Name} {v.Version}")));
    }

    /// <summary>Writes how much of the machine others had meanwhile.</summary>
    public void PrintOthers(TextWriter output) => output.WriteLine(string.Create(
        CultureInfo.InvariantCulture,
        $"meanwhile others kept {(CoresOfOthers is { } cores ? $"{cores:0.00}" : "an unknown number of")} cores busy; "
        + $"load average {Load ?? "unknown"} at the end"));

    // user, nice, system, idle, iowait, irq, softirq, steal (man 5 proc): all but the two idle ones.
    private static double? BusySeconds()
    {
        if (!File.Exists("/proc/stat")) return null;
        using var reader = new StreamReader("/proc/stat");
        var ticks = reader.ReadLine()!.Split(' ', StringSplitOptions.RemoveEmptyEntries).Skip(1).Take(8)
            .Select(field => double.Parse(field, CultureInfo.InvariantCulture)).ToArray();
        return (ticks.Sum() - ticks[3] - ticks[4]) / TicksPerSecond;
    }
}
