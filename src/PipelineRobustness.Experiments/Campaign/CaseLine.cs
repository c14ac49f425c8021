using PipelineRobustness.Adversity.Attacks;
using PipelineRobustness.Pipeline.Running;

namespace PipelineRobustness.Experiments.Campaign;

/// <summary>An event in a line.</summary>
internal static class CaseLine
{
    public static string Of(RunEvent occurrence) => occurrence switch
    {
        IterationCommitted e => $"iteration {e.Iteration} committed: loss {e.Loss:R}, norm {e.GradientNorm:R}, attempts {e.Attempts}, "
            + $"{e.Verdicts.Length} verdicts",
        RulingMade { Ruling: var r } => $"iteration {r.Iteration}, attempt {r.Attempt}: "
            + (r.Convicted is { } convicted
                ? $"stage {convicted.Stage} on {convicted.Node} is convicted of a {AttackEvent.Word(r.Act)}"
                : $"the link from {r.Relayed} is relayed"),
        IterationAbandoned e => $"iteration {e.Iteration} abandoned after {e.Attempts} attempts",
        NumberNotFinite e => e.Text,
        NodeLeftOut e => e.Text,
        MessageRefused e => e.Text,
        Evaluated e => $"evaluated after {e.Iteration}: loss {e.Loss:R}",
        RunStarted e => $"started: {string.Join(' ', e.Placement)}",
        RecoveryBegan e => $"recovery at version {e.Version}: {e.Reason}",
        RecoveryEnded e => $"resumes at version {e.Version} on {string.Join(' ', e.Placement)}: {e.How}",
        CheckpointWritten e => $"{(e.Error is null ? "wrote" : "could not write")} the checkpoint of version {e.Version}",
        WaitReported e => FormattableString.Invariant(
            $"{e.Who} has waited since {(e.Since - DateTimeOffset.UnixEpoch).TotalSeconds:0.000} s for {e.What}"),
        _ => $"{occurrence}",
    };
}
