using System.Diagnostics;
using System.Globalization;
using System.Runtime.InteropServices;

namespace PipelineRobustness.Adversity.Processes;

/// <summary>The hands that Linux lends to any user.</summary>
/// <param name="clock">Tells the time.</param>
public sealed class LinuxProcessControl(TimeProvider clock) : IProcessControl
{
    private const int ThreadTime = 3;   // CLOCK_THREAD_CPUTIME_ID
    private const int TicksASecond = 10;

    // Looks ten times a second whether there is still somebody to wake, and keeps no one's output open.
    private const string Waker = """
        exec </dev/null >/dev/null 2>&1
        left=$2
        while [ "$left" -gt 0 ] && kill -0 "$1"; do sleep 0.1; left=$((left - 1)); done
        kill -CONT "$1"
        """;

    private readonly Lock _gate = new();
    private ITimer? _dropping;
    private DateTimeOffset _dropsUntil;

    /// <inheritdoc/>
    public TimeSpan Worked => ClockTime(ThreadTime, out var time) == 0
        ? TimeSpan.FromSeconds(time.Seconds) + TimeSpan.FromMicroseconds(time.Nanoseconds / 1000.0) : TimeSpan.Zero;

    /// <inheritdoc/>
    public void Signal(ProcessMark process, ProcessSignal signal)
    {
        ArgumentNullException.ThrowIfNull(process);
        if (process.Lives) Signals.Send(process.Id, signal);
    }

    /// <inheritdoc/>
    public void WakeAfter(ProcessMark process, TimeSpan time)
    {
        ArgumentNullException.ThrowIfNull(process);
        string Text(double number) => number.ToString("0", CultureInfo.InvariantCulture);
        using var waker = Process.Start("/bin/sh", ["-c", Waker, "waker", Text(process.Id), Text(time.TotalSeconds * TicksASecond)]);
    }

    /// <inheritdoc/>
    public void Idle(TimeSpan time)
    {
        var nobody = new object();
        var since = clock.GetTimestamp();
        lock (nobody)
        {
            while (time - clock.GetElapsedTime(since) is { Ticks: > 0 } left)
                Monitor.Wait(nobody, left < TimeSpan.FromMilliseconds(1) ? TimeSpan.FromMilliseconds(1) : left);
        }
    }

    /// <inheritdoc/>
    public void DropConnections(TimeSpan lasts)
    {
        lock (_gate)
        {
            _dropsUntil = clock.GetUtcNow() + lasts;
            _dropping ??= clock.CreateTimer(_ => DropAgain(), null, Often, Often);
        }

        Connections.Drop();
    }

    private static TimeSpan Often { get; } = TimeSpan.FromMilliseconds(20);

    private void DropAgain()
    {
        lock (_gate)
        {
            if (_dropping is null) return;
            if (clock.GetUtcNow() >= _dropsUntil)
            {
                _dropping.Dispose();
                _dropping = null;
                return;
            }

            Connections.Drop();
        }
    }

    [DllImport("libc", EntryPoint = "clock_gettime")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern int ClockTime(int clock, out TimeOfClock time);

    [StructLayout(LayoutKind.Sequential)]
    private readonly struct TimeOfClock
    {
        public readonly nint Seconds;
        public readonly nint Nanoseconds;
    }
}
