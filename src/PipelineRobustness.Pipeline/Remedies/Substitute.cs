using PipelineRobustness.Pipeline.Ports;
using static TorchSharp.torch;

namespace PipelineRobustness.Pipeline.Remedies;

/// <summary>
/// Nothing is skipped: the copy's value replaces the rejected one, and the weights are those of a run of honest stages, bit for
/// bit. Two neighbours suspected forward leave no honest holder of the second block's input; then a new attempt begins.
/// </summary>
public sealed class Substitute : IRemedy
{
    /// <inheritdoc/>
    public string Name => "substitute";

    /// <inheritdoc/>
    public string Meaning => "Ours: the copy's value takes the place of the bad one; nothing is skipped or repeated.";

    /// <inheritdoc/>
    public bool NeedsCopies => true;

    /// <inheritdoc/>
    public bool KeepsWeights => true;

    /// <inheritdoc/>
    public bool KeepsCopyValues => true;

    /// <summary>The copy's value.</summary>
    public Tensor InPlaceOf(Tensor rejected, Tensor? computed) => computed ?? rejected;

    /// <inheritdoc/>
    public Judgement Judge(Evidence evidence)
    {
        var forward = evidence.Verdicts.Where(v => v.Direction == Direction.Forward).Select(v => v.Suspect).ToHashSet();
        foreach (var stage in forward.Order())
        {
            if (forward.Contains(stage + 1))
            {
                return new Judgement.NewAttempt($"neighbours {stage} and {stage + 1} are suspects, no honest holder is left") { LacksHonestHolder = true };
            }
        }

        return Judgement.Accept.Instance;
    }

    /// <inheritdoc/>
    public string Summary(RemedyTally tally) =>
        "The copy's value replaced that of the suspect, and nothing was skipped."
        + (tally.Repeats > 0 ? $" {RemedyTally.Count(tally.Repeats, "attempt")} had to be repeated since two neighbours were suspects." : "");
}
