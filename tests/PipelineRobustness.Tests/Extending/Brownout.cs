using PipelineRobustness.Adversity.Failures;
using PipelineRobustness.Adversity.Processes;
using PipelineRobustness.Pipeline.Settings;

namespace PipelineRobustness.Tests.Extending;

/// <summary>A machine's power fails for a moment: it stands still, and its next messages are lost.</summary>
public sealed record Brownout : LastingFailure, IProcessFailure
{
    /// <inheritdoc/>
    public override string Word => "brownout";

    /// <inheritdoc/>
    public override TargetSyntax Targets => TargetSyntax.Node;

    /// <summary>How many messages are lost.</summary>
    [Setting(0, 1_000)]
    public int Lost { get; init; } = 1;

    /// <summary>A machine that is given up meanwhile comes back.</summary>
    public override bool BringsMachine => true;

    /// <summary>A node without a stage suffers it as well.</summary>
    public bool HitsWholeProcess => true;

    /// <inheritdoc/>
    public override void Inject(SimulatedFaults faults, InjectionSite site)
    {
        faults.Network.Lose(site.Machine, Lost);
        faults.PauseNode(site.Machine, Lasts);
    }

    /// <inheritdoc/>
    public void Inject(ProcessFaults faults, ProcessSite site) => faults.Pause(site.Process, Lasts);
}
