using PipelineRobustness.Adversity.Attacks;
using PipelineRobustness.Pipeline.Messages;
using PipelineRobustness.Pipeline.Ports;

namespace PipelineRobustness.Experiments.Runs;

/// <summary>How well what was found agrees with what was done.</summary>
/// <param name="Attacks">Attacks: (iteration, attempt, direction, stage), each counted once however many lies it sent.</param>
/// <param name="Detected">
/// Of these, those that a verdict names: that stage, in that direction, iteration and attempt. Changed weights show in all that is worked with
/// them, so that any verdict of the iteration will do, and so will that the block was rebuilt from its other holder; a false step shows in the
/// iteration after it.
/// </param>
/// <param name="FalseVerdicts">Verdicts, each micro-batch's its own, that name a stage which did not attack there.</param>
public sealed record VerdictTally(long Attacks, long Detected, long FalseVerdicts)
{
    /// <summary>Holds verdicts against the truth.</summary>
    /// <param name="attacks">The truth.</param>
    /// <param name="verdicts">The verdicts.</param>
    /// <param name="rebuilt">Blocks that were fetched again or rebuilt, with the iteration; null for none.</param>
    public static VerdictTally Of(
        IEnumerable<AttackEvent> attacks, IEnumerable<Verdict> verdicts, IEnumerable<(long Iteration, int Block)>? rebuilt = null)
    {
        var truth = attacks.ToHashSet();
        var ofState = truth.Where(attack => attack.Act is Act.Weights or Act.Step)
            .ToLookup(attack => (Iteration: attack.Act == Act.Step ? attack.Iteration + 1 : attack.Iteration, attack.Stage));
        var detected = (rebuilt ?? []).SelectMany(block => ofState[block]).Where(attack => attack.Act == Act.Weights).ToHashSet();
        var falseVerdicts = 0L;
        foreach (var verdict in verdicts)
        {
            var named = new AttackEvent(verdict.Iteration, verdict.Attempt, verdict.Direction, verdict.Suspect);
            AttackEvent[] shown = [.. ofState[(verdict.Iteration, verdict.Suspect)], .. truth.Contains(named) ? [named] : Array.Empty<AttackEvent>()];
            detected.UnionWith(shown);
            if (shown.Length == 0) falseVerdicts++;
        }

        return new VerdictTally(truth.Count, detected.Count, falseVerdicts);
    }
}
