using PipelineRobustness.Pipeline.Settings;

namespace PipelineRobustness.Adversity.Failures.Kinds;

/// <summary>The next messages from a machine are lost.</summary>
public sealed record Lose : Failure
{
    /// <inheritdoc/>
    public override string Word => "lose";

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
        faults.Network.Lose(site.Machine, Count);
    }
}
