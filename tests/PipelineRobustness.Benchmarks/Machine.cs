using System.Diagnostics;
using System.Globalization;
using PipelineRobustness.Experiments.Results;

namespace PipelineRobustness.Benchmarks;

/// <summary>The machine and its other load. Values available only on Linux are null elsewhere.</summary>
internal sealed class Machine
{
    private const double TicksPerSecond = 100;

    private readonly ResourceTimer _timer = ResourceTimer.Begin();
    private readonly double? _busy = BusySeconds();

    /// <summary>The load averages over 1, 5 and 15 minutes.</summary>
    public static string? Load =>
        File.Exists("/proc/loadavg") ? string.Join(' ', File.ReadAllText("/proc/loadavg").Split(' ')[..3]) : null;

    /// <summary>The peak resident memory of this process, in bytes.</summary>
    public static long PeakResident
    {
        get
        {
            using var self = Process.GetCurrentProcess();
            return self.PeakWorkingSet64;
        }
    }

    /// <summary>
    /// The number of cores used by other processes since this object was created, including time taken by the
    /// hypervisor.
    /// </summary>
    public double? CoresUsedByOthers => BusySeconds() - _busy is { } busy
        ? Math.Max(0, (busy - _timer.CpuElapsed.TotalSeconds) / _timer.Elapsed.TotalSeconds)
        : null;

    /// <summary>Describes the machine before a measurement.</summary>
    public static void Print(TextWriter output)
    {
        var waiting = Environment.GetEnvironmentVariable("OMP_WAIT_POLICY") ?? "default";
        output.WriteLine(
            $"{Environment.ProcessorCount} cores, load average {Load ?? "unknown"} at the start; OMP_WAIT_POLICY {waiting}; "
            + Versions.InWords);
    }

    /// <summary>Reports the load of other processes during the measurement.</summary>
    public void PrintOthers(TextWriter output) => output.WriteLine(string.Create(
        CultureInfo.InvariantCulture,
        $"meanwhile other processes used {(CoresUsedByOthers is { } cores ? $"{cores:0.00}" : "an unknown number of")} cores; "
        + $"load average {Load ?? "unknown"} at the end"));

    // user, nice, system, idle, iowait, irq, softirq, steal (man 5 proc): all except the two idle times.
    private static double? BusySeconds()
    {
        if (!File.Exists("/proc/stat")) return null;
        using var reader = new StreamReader("/proc/stat");
        var ticks = reader.ReadLine()!.Split(' ', StringSplitOptions.RemoveEmptyEntries).Skip(1).Take(8)
            .Select(field => double.Parse(field, CultureInfo.InvariantCulture)).ToArray();
        return (ticks.Sum() - ticks[3] - ticks[4]) / TicksPerSecond;
    }
}
