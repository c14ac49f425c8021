using PipelineRobustness.Pipeline.Messages;
using PipelineRobustness.Pipeline.Ports;

namespace PipelineRobustness.Pipeline.Referee;

/// <summary>A connection from one stage to another.</summary>
/// <param name="Direction">Forward or backward.</param>
/// <param name="Link">Which of the two stages' connections.</param>
/// <param name="From">The stage that sends.</param>
/// <param name="To">The stage that receives.</param>
public readonly record struct StageLink(Direction Direction, Link Link, int From, int To)
{
    /// <summary>The connection that a tensor takes.</summary>
    public static StageLink Of(TensorSent sent)
    {
        ArgumentNullException.ThrowIfNull(sent);
        return new(sent.Direction, sent.Link, sent.From, sent.To);
    }

    /// <summary>What is sent over it.</summary>
    public Act Act => Link == Link.Tied ? Act.Sum : Direction == Direction.Forward ? Act.Forward : Act.Backward;

    /// <summary>Whether a stage is one of its two ends.</summary>
    public bool Joins(int stage) => From == stage || To == stage;

    /// <inheritdoc/>
    public override string ToString() => $"stage {From} to stage {To} ({Act}, {Link})";
}
