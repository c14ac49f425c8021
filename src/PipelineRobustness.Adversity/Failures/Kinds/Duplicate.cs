using PipelineRobustness.Pipeline.Settings;

namespace PipelineRobustness.Adversity.Failures.Kinds;

/// <summary>The next control messages from a machine arrive twice.</summary>
public sealed record Duplicate : Failure
{
    /// <inheritdoc/>
    public override string Word => "duplicate";

    /// <inheritdoc/>
    public override TargetSyntax Targets => TargetSyntax.NodeOrServer;

    /// <summary>How many messages.</summary>
    [Setting(1, MessageCount.Maximum)]
    public int Count { get; init; } = 1;

    /// <inheritdoc/>
    public override bool Interrupts => false;

    private protected override string Details => MessageCount.Text(Count);

    /// <inheritdoc/>
    public override void Inject(SimulatedFaults faults, InjectionSite site)
    {
        ArgumentNullException.ThrowIfNull(faults);
        faults.Network.Duplicate(site.Machine, Count);
    }
}
