using PipelineRobustness.Adversity.Processes;
using PipelineRobustness.Pipeline.Settings;

namespace PipelineRobustness.Adversity.Failures.Kinds;

/// <summary>The process of a node, or of the central server, ends at once.</summary>
public sealed record Crash : Failure, IProcessFailure
{
    private const string Wakes = "wakes-up";

    /// <inheritdoc/>
    public override string Word => "crash";

    /// <inheritdoc/>
    public override TargetSyntax Targets => TargetSyntax.NodeOrServer;

    /// <summary>Whether the server was only paused, and keeps running in addition to its successor.</summary>
    [Setting]
    public bool WakesUp { get; init; }

    /// <summary>How long a real server is paused; zero for longer than its successor needs.</summary>
    [Setting(Name = LastingFailure.For)]
    public TimeSpan Lasts { get; init; }

    /// <inheritdoc/>
    public override Destruction Destroys => Destruction.Machine;

    /// <inheritdoc/>
    public override bool LeavesServerRunning => WakesUp;

    /// <inheritdoc/>
    public bool HitsWholeProcess => true;

    /// <inheritdoc/>
    public bool MayHitServer => true;

    private protected override string Details => WakesUp ? Wakes : "";

    private protected override TimeSpan Length => Lasts;

    /// <inheritdoc/>
    public override void Inject(SimulatedFaults faults, InjectionSite site)
    {
        ArgumentNullException.ThrowIfNull(faults);
        if (Target.IsServer) faults.CrashServer(site.Machine, WakesUp);
        else faults.Crash(site.Machine);
    }

    /// <inheritdoc/>
    public void Inject(ProcessFaults faults, ProcessSite site)
    {
        ArgumentNullException.ThrowIfNull(faults);
        if (Target.IsServer && WakesUp) faults.Pause(site.Process, Lasts);
        else faults.Kill(site.Process);
    }

    /// <inheritdoc/>
    public override OptionError? Contradiction(IReadOnlyCollection<string> written)
    {
        ArgumentNullException.ThrowIfNull(written);
        if (written.Contains(Wakes) && !Target.IsServer) return new OptionError(Wakes, $"{Word} = \"the server\" with it", $"{Target}");
        return Lasts > TimeSpan.Zero && !WakesUp ? new OptionError(LastingFailure.For, $"{Wakes} = true with it") : null;
    }
}
