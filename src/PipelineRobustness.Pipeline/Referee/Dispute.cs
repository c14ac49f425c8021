using PipelineRobustness.Pipeline.Messages;
using PipelineRobustness.Pipeline.Ports;

namespace PipelineRobustness.Pipeline.Referee;

/// <summary>A value of a block about which its two holders differ.</summary>
public enum DisputedValue
{
    /// <summary>The activation that it gave, or the last block's loss.</summary>
    Output,

    /// <summary>The gradient of its input.</summary>
    InputGradient,

    /// <summary>Its part of the tied matrix's gradient.</summary>
    TiedPart,

    /// <summary>Norms and digest of its gradient, and the last block's loss.</summary>
    Sums,

    /// <summary>Its state after the step.</summary>
    Step,
}

/// <summary>
/// Two holders of a block say that they worked on the same, and differ about what it gave: one of them states it falsely, or both. Or
/// there is another reason to doubt it: a finding, or an audit.
/// </summary>
/// <param name="Block">The block.</param>
/// <param name="Value">Which value.</param>
/// <param name="MicroBatch">In which micro-batch; null for what is added up over all of them.</param>
public sealed record Dispute(int Block, DisputedValue Value, int? MicroBatch = null)
{
    /// <summary>What is in doubt by a detector's finding: the value that the suspect's block gave.</summary>
    public static Dispute Of(Verdict found)
    {
        ArgumentNullException.ThrowIfNull(found);
        return new(found.Suspect, found.Direction == Direction.Forward ? DisputedValue.Output : DisputedValue.InputGradient, found.MicroBatch);
    }

    /// <summary>What a holder did wrongly.</summary>
    public Act Act => Value switch
    {
        DisputedValue.Output => Act.Forward,
        DisputedValue.InputGradient => Act.Backward,
        DisputedValue.Step => Act.Step,
        _ => Act.Sum,
    };

    /// <summary>The micro-batches that a block is worked over.</summary>
    /// <param name="all">Micro-batches of a pass.</param>
    public IEnumerable<int> MicroBatchesOf(int all) => MicroBatch is { } one ? [one] : Enumerable.Range(0, all);
}
