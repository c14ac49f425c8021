using PipelineRobustness.Pipeline.Settings;

namespace PipelineRobustness.Adversity.Failures.Kinds;

/// <summary>The next messages from a machine arrive later, and those behind them do not wait.</summary>
public sealed record Delay : LastingFailure
{
    /// <inheritdoc/>
    public override string Word => "delay";

    /// <inheritdoc/>
    public override TargetSyntax Targets => TargetSyntax.NodeOrServer;

    /// <summary>How many messages.</summary>
    [Setting(1, MessageCount.Maximum)]
    public int Count { get; init; } = 1;

    private protected override string Details => MessageCount.Text(Count);

    /// <inheritdoc/>
    public override void Inject(SimulatedFaults faults, InjectionSite site)
    {
        ArgumentNullException.ThrowIfNull(faults);
        faults.Network.Delay(site.Machine, Count, Lasts);
    }
}
