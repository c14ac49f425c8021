using PipelineRobustness.Adversity.Processes;

namespace PipelineRobustness.Adversity.Failures.Kinds;

/// <summary>A node joins, empty.</summary>
public sealed record Join : Failure, IProcessFailure
{
    /// <inheritdoc/>
    public override string Word => "join";

    /// <inheritdoc/>
    public override TargetSyntax Targets => TargetSyntax.Newcomer;

    /// <inheritdoc/>
    public override void Inject(SimulatedFaults faults, InjectionSite site)
    {
        ArgumentNullException.ThrowIfNull(faults);
        if (Target.Kind == TargetKind.Traced) faults.JoinAs(Target.Node);
        else faults.Join();
    }

    // run-cluster.sh starts a node for each of its notes in the journal.
    /// <inheritdoc/>
    public void Inject(ProcessFaults faults, ProcessSite site)
    {
    }
}
