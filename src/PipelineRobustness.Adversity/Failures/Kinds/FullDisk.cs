using PipelineRobustness.Adversity.Processes;

namespace PipelineRobustness.Adversity.Failures.Kinds;

/// <summary>Nothing can be written to disk for a time.</summary>
public sealed record FullDisk : LastingFailure, IProcessFailure
{
    /// <inheritdoc/>
    public override string Word => "full-disk";

    /// <inheritdoc/>
    public override TargetSyntax Targets => TargetSyntax.All;

    /// <inheritdoc/>
    public TimeSpan FillsDisksFor => Lasts;

    /// <inheritdoc/>
    public override void Inject(SimulatedFaults faults, InjectionSite site)
    {
        ArgumentNullException.ThrowIfNull(faults);
        faults.FillDisk(Lasts);
    }

    // All processes read its note in the journal, and their disks are full from then on.
    /// <inheritdoc/>
    public void Inject(ProcessFaults faults, ProcessSite site)
    {
    }
}
