using PipelineRobustness.Adversity.Attacks;
using PipelineRobustness.Pipeline.Messages;

namespace PipelineRobustness.Experiments.Runs;

/// <summary>How well what was found agrees with what was done.</summary>
/// <param name="Attacks">Attacks: (iteration, attempt, direction, stage), each counted once however many lies it sent.</param>
/// <param name="Detected">Of these, those that a verdict names: that stage, in that direction, iteration and attempt.</param>
/// <param name="FalseVerdicts">Verdicts, each micro-batch's its own, that name a stage which did not attack there.</param>
public sealed record VerdictTally(long Attacks, long Detected, long FalseVerdicts)
{
    /// <summary>Holds verdicts against the truth.</summary>
    public static VerdictTally Of(IEnumerable<AttackEvent> attacks, IEnumerable<Verdict> verdicts)
    {
        var truth = attacks.ToHashSet();
        var detected = new HashSet<AttackEvent>();
        var falseVerdicts = 0L;
        foreach (var verdict in verdicts)
        {
            var named = new AttackEvent(verdict.Iteration, verdict.Attempt, verdict.Direction, verdict.Suspect);
            if (truth.Contains(named))
                detected.Add(named);
            else
                falseVerdicts++;
        }

        return new VerdictTally(truth.Count, detected.Count, falseVerdicts);
    }
}
