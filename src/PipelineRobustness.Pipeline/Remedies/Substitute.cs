using PipelineRobustness.Pipeline.Ports;

namespace PipelineRobustness.Pipeline.Remedies;

/// <summary>
/// Nothing is skipped: the copy's value takes the place of the bad one, and the weights are those of a run in which
/// everybody told the truth, bit for bit. Two neighbours accused forward leave no honest holder of the second block's
/// input; the iteration is then worked again.
/// </summary>
public sealed class Substitute : IRemedy
{
    /// <inheritdoc/>
    public string Name => "substitute";

    /// <inheritdoc/>
    public bool CopyTakesOver => true;

    /// <inheritdoc/>
    public Judgement Judge(Evidence evidence)
    {
        var forward = evidence.Verdicts.Where(v => v.Direction == Direction.Forward)
            .Select(v => v.Suspect).ToHashSet();
        foreach (var stage in forward)
        {
            if (forward.Contains(stage + 1))
                return new Judgement.NewAttempt($"neighbours {stage} and {stage + 1} are accused, no honest holder is left");
        }

        return Judgement.Accept.Instance;
    }
}
