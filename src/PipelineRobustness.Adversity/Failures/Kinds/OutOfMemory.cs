using PipelineRobustness.Adversity.Processes;

namespace PipelineRobustness.Adversity.Failures.Kinds;

/// <summary>A stage cannot get the memory that it needs.</summary>
public sealed record OutOfMemory : Failure, IProcessFailure
{
    private const string Message = "out of memory, by the scenario";

    /// <inheritdoc/>
    public override string Word => "out-of-memory";

    /// <inheritdoc/>
    public override TargetSyntax Targets => TargetSyntax.Stage;

    /// <inheritdoc/>
    public override bool NeedsInstant => true;

    /// <inheritdoc/>
    public override Destruction Destroys => Destruction.Stage;

    /// <inheritdoc/>
    public override void Inject(SimulatedFaults faults, InjectionSite site) => throw new InsufficientMemoryException(Message);

    /// <inheritdoc/>
    public void Inject(ProcessFaults faults, ProcessSite site) => throw new InsufficientMemoryException(Message);
}
