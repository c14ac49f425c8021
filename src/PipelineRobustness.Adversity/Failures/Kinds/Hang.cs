using PipelineRobustness.Adversity.Processes;

namespace PipelineRobustness.Adversity.Failures.Kinds;

/// <summary>A stage does nothing for a time.</summary>
public sealed record Hang : LastingFailure, IProcessFailure
{
    /// <inheritdoc/>
    public override string Word => "hang";

    /// <inheritdoc/>
    public override TargetSyntax Targets => TargetSyntax.Stage;

    /// <inheritdoc/>
    public override bool NeedsInstant => true;

    /// <inheritdoc/>
    public override void Inject(SimulatedFaults faults, InjectionSite site)
    {
        ArgumentNullException.ThrowIfNull(faults);
        faults.Hang(Lasts);
    }

    /// <inheritdoc/>
    public void Inject(ProcessFaults faults, ProcessSite site)
    {
        ArgumentNullException.ThrowIfNull(faults);
        faults.Idle(Lasts);
    }
}
