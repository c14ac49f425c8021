using PipelineRobustness.Adversity.Processes;
using PipelineRobustness.Pipeline.Settings;

namespace PipelineRobustness.Adversity.Failures.Kinds;

/// <summary>A node leaves, with notice.</summary>
public sealed record Leave : Failure, IProcessFailure
{
    /// <inheritdoc/>
    public override string Word => "leave";

    /// <inheritdoc/>
    public override TargetSyntax Targets => TargetSyntax.Node;

    /// <summary>The notice; zero for none.</summary>
    [Setting(Name = LastingFailure.For)]
    public TimeSpan Notice { get; init; }

    /// <inheritdoc/>
    public override Destruction Destroys => Destruction.Machine;

    /// <inheritdoc/>
    public override bool IsAnnounced => true;

    /// <inheritdoc/>
    public bool HitsWholeProcess => true;

    private protected override TimeSpan Length => Notice;

    /// <inheritdoc/>
    public override void Inject(SimulatedFaults faults, InjectionSite site)
    {
        ArgumentNullException.ThrowIfNull(faults);
        faults.Leave(site.Machine, Notice);
    }

    /// <inheritdoc/>
    public void Inject(ProcessFaults faults, ProcessSite site)
    {
        ArgumentNullException.ThrowIfNull(faults);
        faults.Leave(site.Process, Notice);
    }
}
