using PipelineRobustness.Pipeline.Settings;

namespace PipelineRobustness.Adversity.Failures.Kinds;

/// <summary>The next messages from a machine arrive in reverse: the first is held back, each after it for less long. One alone is in order.</summary>
public sealed record Reorder : LastingFailure
{
    /// <inheritdoc/>
    public override string Word => "reorder";

    /// <inheritdoc/>
    public override TargetSyntax Targets => TargetSyntax.NodeOrServer;

    /// <summary>How many messages.</summary>
    [Setting(2, MessageCount.Maximum)]
    public required int Count { get; init; }

    private protected override string Details => MessageCount.Text(Count);

    /// <inheritdoc/>
    public override void Inject(SimulatedFaults faults, InjectionSite site)
    {
        ArgumentNullException.ThrowIfNull(faults);
        faults.Network.Reorder(site.Machine, Count, Lasts);
    }
}
