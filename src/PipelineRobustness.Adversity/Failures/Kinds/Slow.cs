using PipelineRobustness.Adversity.Processes;
using PipelineRobustness.Pipeline.Settings;

namespace PipelineRobustness.Adversity.Failures.Kinds;

/// <summary>A stage takes a multiple of its time.</summary>
public sealed record Slow : LastingFailure, IProcessFailure
{
    /// <inheritdoc/>
    public override string Word => "slow";

    /// <inheritdoc/>
    public override TargetSyntax Targets => TargetSyntax.Stage;

    /// <summary>The multiple.</summary>
    [Setting(0.001, 1000)]
    public required double Factor { get; init; }

    private protected override string Details => FormattableString.Invariant($"factor {Factor:0.###}");

    /// <inheritdoc/>
    public override void Inject(SimulatedFaults faults, InjectionSite site)
    {
        ArgumentNullException.ThrowIfNull(faults);
        faults.Slow(site.Stage, Factor, Lasts);
    }

    /// <inheritdoc/>
    public void Inject(ProcessFaults faults, ProcessSite site)
    {
        ArgumentNullException.ThrowIfNull(faults);
        faults.Slow(site.Stage, Factor, Lasts);
    }

    /// <inheritdoc/>
    public OptionError? WrongForProcesses() => Factor > 1 ? null
        : new OptionError("factor", "a factor above 1, since no real process gets faster", FormattableString.Invariant($"{Factor:0.###}"));
}
