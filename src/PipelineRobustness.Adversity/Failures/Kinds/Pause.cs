using PipelineRobustness.Adversity.Processes;

namespace PipelineRobustness.Adversity.Failures.Kinds;

/// <summary>
/// A machine stands still for a time: a garbage collection, a migration. If it is given up meanwhile, it comes back empty; a
/// server may find another in its place.
/// </summary>
public sealed record Pause : LastingFailure, IProcessFailure
{
    /// <inheritdoc/>
    public override string Word => "pause";

    /// <inheritdoc/>
    public override TargetSyntax Targets => TargetSyntax.NodeOrServer;

    /// <inheritdoc/>
    public override bool LeavesServerRunning => true;

    /// <inheritdoc/>
    public override bool BringsMachine => true;

    /// <inheritdoc/>
    public bool HitsWholeProcess => true;

    /// <inheritdoc/>
    public bool MayHitServer => true;

    /// <inheritdoc/>
    public override void Inject(SimulatedFaults faults, InjectionSite site)
    {
        ArgumentNullException.ThrowIfNull(faults);
        if (Target.IsServer) faults.PauseServer(site.Machine, Lasts);
        else faults.PauseNode(site.Machine, Lasts);
    }

    /// <inheritdoc/>
    public void Inject(ProcessFaults faults, ProcessSite site)
    {
        ArgumentNullException.ThrowIfNull(faults);
        faults.Pause(site.Process, Lasts);
    }

    /// <inheritdoc/>
    public override Failure WithoutReturn(TimeSpan silence, TimeSpan always) =>
        !Target.IsServer && Lasts > silence ? this with { Lasts = always } : this;
}
