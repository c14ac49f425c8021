using System.Collections.Concurrent;

namespace PipelineRobustness.Adversity.Processes;

/// <summary>Where a failure takes effect among real processes.</summary>
/// <param name="Process">The process that runs the stage or the server, or is the node.</param>
/// <param name="Stage">The stage at whose work it happens; -1 for none.</param>
public readonly record struct ProcessSite(ProcessMark Process, int Stage);

/// <summary>What can be done to real processes.</summary>
/// <param name="control">How it is done.</param>
/// <param name="clock">The time.</param>
public sealed class ProcessFaults(IProcessControl control, TimeProvider clock)
{
    // Longer than any successor of a silent server took (docs/recovery.md).
    private static readonly TimeSpan UntilSucceeded = TimeSpan.FromSeconds(15);

    private readonly ConcurrentDictionary<int, (double Factor, DateTimeOffset Until)> _slow = [];

    // Set once a process has been asked to leave with notice.
    private ITimer? _notice;

    /// <summary>The processor time of the calling thread.</summary>
    public TimeSpan ThreadTime => control.ThreadTime;

    /// <summary>Ends a process.</summary>
    public void Kill(ProcessMark process) => control.Signal(process, ProcessSignal.Kill);

    /// <summary>A process stands still for a time; zero for until a server that it holds has a successor.</summary>
    public void Pause(ProcessMark process, TimeSpan lasts)
    {
        control.ContinueAfter(process, lasts > TimeSpan.Zero ? lasts : UntilSucceeded);
        control.Signal(process, ProcessSignal.Stop);
    }

    /// <summary>Asks a process to end, and ends it after a notice, as clouds do; without a notice it is only asked.</summary>
    public void Leave(ProcessMark process, TimeSpan notice)
    {
        if (notice > TimeSpan.Zero) _notice ??= clock.CreateTimer(_ => Kill(process), null, notice, Timeout.InfiniteTimeSpan);
        control.Signal(process, ProcessSignal.Terminate);
    }

    /// <summary>The calling thread does nothing for a time.</summary>
    public void Idle(TimeSpan time) => control.Idle(time);

    /// <summary>Closes this process's connections for a time.</summary>
    public void DropConnections(TimeSpan lasts) => control.DropConnections(lasts);

    /// <summary>A stage takes a multiple of its time for a while.</summary>
    public void Slow(int stage, double factor, TimeSpan lasts) => _slow[stage] = (factor, clock.GetUtcNow() + lasts);

    /// <summary>By what a stage's time is multiplied now.</summary>
    public double SlowFactor(int stage) => _slow.TryGetValue(stage, out var slow) && clock.GetUtcNow() < slow.Until ? slow.Factor : 1;
}
