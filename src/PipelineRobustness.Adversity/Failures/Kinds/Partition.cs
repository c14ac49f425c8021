using PipelineRobustness.Adversity.Processes;

namespace PipelineRobustness.Adversity.Failures.Kinds;

/// <summary>
/// A machine is cut off until the partition heals. If it is given up meanwhile, it comes back empty; a server may find another in its
/// place.
/// </summary>
public sealed record Partition : LastingFailure, IProcessFailure
{
    /// <inheritdoc/>
    public override string Word => "partition";

    /// <inheritdoc/>
    public override TargetSyntax Targets => TargetSyntax.NodeOrServer;

    /// <inheritdoc/>
    public override bool LeavesServerRunning => true;

    /// <inheritdoc/>
    public override bool BringsMachine => true;

    /// <inheritdoc/>
    public bool HitsWholeProcess => true;

    /// <inheritdoc/>
    public override void Inject(SimulatedFaults faults, InjectionSite site)
    {
        ArgumentNullException.ThrowIfNull(faults);
        if (Target.IsServer) faults.PartitionServer(site.Machine, Lasts);
        else faults.PartitionNode(site.Machine, Lasts);
    }

    /// <inheritdoc/>
    public void Inject(ProcessFaults faults, ProcessSite site)
    {
        ArgumentNullException.ThrowIfNull(faults);
        faults.DropConnections(Lasts);
    }

    /// <inheritdoc/>
    public override Failure WithoutReturn(TimeSpan silence, TimeSpan always) => this with { Lasts = always };
}
