using System.Diagnostics;
using System.Globalization;
using System.Runtime.InteropServices;
using PipelineRobustness.Models.Shape;
using PipelineRobustness.Models.Text;
using PipelineRobustness.Models.Training;
using PipelineRobustness.Models.Weights;

namespace PipelineRobustness.Experiments.Runs;

/// <summary>
/// The most memory that this process has resident from a moment on, above what it had at that moment. Linux keeps a peak
/// that can be set back (VmHWM, man 5 proc_pid_status); elsewhere the peak is the process's of all time.
/// </summary>
public sealed class MemoryWatch
{
    private const string Status = "/proc/self/status";

    // What is written there to set VmHWM back to VmRSS (man 5 proc_pid_clear_refs).
    private const string ClearReferences = "/proc/self/clear_refs";
    private const string ResetPeak = "5";

    private static readonly Lazy<bool> Warm = new(WarmUp);
    private readonly long _before;

    private MemoryWatch(bool ofRun, long before) => (OfRun, _before) = (ofRun, before);

    /// <summary>Whether <see cref="PeakAbove"/> is of this watch's time alone; else it is of the process's whole life.</summary>
    public bool OfRun { get; }

    /// <summary>Bytes at the highest since the beginning, above the beginning.</summary>
    public long PeakAbove => Math.Max(0, Peak - _before);

    /// <summary>
    /// Begins to watch. Before that, a model of a few hundred weights uses the libraries once, and free memory is
    /// returned to the system, so that neither counts in the difference.
    /// </summary>
    public static MemoryWatch Begin()
    {
        _ = Warm.Value;
        GC.Collect();
        GC.WaitForPendingFinalizers();
        Trim();
        var ofRun = TryResetPeak();
        return new MemoryWatch(ofRun, Resident);
    }

    private static long Resident => Read("VmRSS:") ?? Environment.WorkingSet;

    private static long Peak
    {
        get
        {
            if (Read("VmHWM:") is { } peak)
                return peak;

            using var self = Process.GetCurrentProcess();
            return self.PeakWorkingSet64;
        }
    }

    private static long? Read(string field)
    {
        if (!File.Exists(Status))
            return null;

        var line = File.ReadLines(Status).FirstOrDefault(l => l.StartsWith(field, StringComparison.Ordinal));
        var number = line?[field.Length..].Replace("kB", "", StringComparison.Ordinal).Trim();
        return long.TryParse(number, NumberStyles.None, CultureInfo.InvariantCulture, out var kilobytes) ? kilobytes * 1024 : null;
    }

    private static bool TryResetPeak()
    {
        try
        {
            if (!File.Exists(ClearReferences))
                return false;

            File.WriteAllText(ClearReferences, ResetPeak);
            return true;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return false;
        }
    }

    private static void Trim()
    {
        if (!OperatingSystem.IsLinux())
            return;

        try
        {
            _ = GiveBack(0);
        }
        catch (EntryPointNotFoundException)
        {
            // Not glibc: its allocator returns memory on its own.
        }
    }

    /// <summary>libtorch's pages are read as they are first used: forward, backward, step and evaluation of a tiny model.</summary>
    private static bool WarmUp()
    {
        const int Time = 4;
        var model = new ModelConfig { Layers = 1, Hidden = 4, Heads = 1, VocabularySize = 8, Positions = Time };
        int[] tokens = [0, 1, 2, 3, 4, 5, 6, 7, 0];
        using var loop = new PlainLoop(
            model, new SeededWeights(model, 0), new AdamWSettings(0.9, 0.999, 1e-8, 0.01), new LinearSchedule(1e-3, 0, 1), 1,
            new TrainingWindows(tokens, Time, 1, 1, 0), 1);
        loop.Train(0);
        loop.Evaluate(new EvaluationWindows(tokens, Time, 1));
        loop.Trainer.StateDigest();
        return true;
    }

    [DllImport("libc", EntryPoint = "malloc_trim")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern int GiveBack(nuint keep);
}
