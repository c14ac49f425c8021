using System.Diagnostics;
using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using System.Runtime.InteropServices;

namespace PipelineRobustness.Adversity.Processes;

/// <summary>What Linux allows any user to do to processes.</summary>
/// <param name="clock">The time.</param>
public sealed class LinuxProcessControl(TimeProvider clock) : IProcessControl
{
    private const int ThreadCpuTime = 3;   // CLOCK_THREAD_CPUTIME_ID
    private const int TicksPerSecond = 10;

    // Checks ten times a second whether the process is still there, and keeps no output of its parent open.
    private const string Waker = """
        exec </dev/null >/dev/null 2>&1
        left=$2
        while [ "$left" -gt 0 ] && kill -0 "$1"; do sleep 0.1; left=$((left - 1)); done
        kill -CONT "$1"
        """;

    private static readonly TimeSpan DropEvery = TimeSpan.FromMilliseconds(20);

    private readonly Lock _gate = new();
    private ITimer? _dropping;
    private DateTimeOffset _dropsUntil;

    /// <inheritdoc/>
    public TimeSpan ThreadTime => ClockTime(ThreadCpuTime, out var time) == 0
        ? TimeSpan.FromSeconds(time.Seconds) + TimeSpan.FromMicroseconds(time.Nanoseconds / 1000.0) : TimeSpan.Zero;

    /// <inheritdoc/>
    public void Signal(ProcessMark process, ProcessSignal signal)
    {
        ArgumentNullException.ThrowIfNull(process);
        if (process.IsAlive) Signals.Send(process.Id, signal);
    }

    /// <inheritdoc/>
    public void ContinueAfter(ProcessMark process, TimeSpan time)
    {
        ArgumentNullException.ThrowIfNull(process);
        string Text(double number) => number.ToString("0", CultureInfo.InvariantCulture);
        using var waker = Process.Start("/bin/sh", ["-c", Waker, "waker", Text(process.Id), Text(time.TotalSeconds * TicksPerSecond)]);
    }

    /// <inheritdoc/>
    [SuppressMessage(
        "ApiDesign", "RS0030:Do not use banned APIs",
        Justification = "A stage that hangs, or is slowed down, does nothing but hold its thread: that is the failure.")]
    public void Idle(TimeSpan time)
    {
        var since = clock.GetTimestamp();
        while (time - clock.GetElapsedTime(since) is { Ticks: > 0 } left)
            Thread.Sleep(left < TimeSpan.FromMilliseconds(1) ? TimeSpan.FromMilliseconds(1) : left);
    }

    /// <inheritdoc/>
    public void DropConnections(TimeSpan lasts)
    {
        lock (_gate)
        {
            _dropsUntil = clock.GetUtcNow() + lasts;
            _dropping ??= clock.CreateTimer(_ => DropAgain(), null, DropEvery, DropEvery);
        }

        Connections.Drop();
    }

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
