using PipelineRobustness.Pipeline.Messages;
using PipelineRobustness.Pipeline.Ports;

namespace PipelineRobustness.Pipeline.Referee;

/// <summary>What the server has found of an attempt: a stage is convicted, or a link is relayed from now on; exactly one of the two.</summary>
/// <param name="Iteration">The iteration.</param>
/// <param name="Attempt">The attempt at it.</param>
/// <param name="Act">What was done falsely, or what is sent over the link.</param>
/// <param name="MicroBatch">In which micro-batch; null for what concerns a pass as a whole.</param>
/// <param name="Convicted">Who is convicted; null where a link is relayed.</param>
/// <param name="Relayed">The link; null where a stage is convicted.</param>
public sealed record Ruling(long Iteration, int Attempt, Act Act, int? MicroBatch, Conviction? Convicted, StageLink? Relayed)
{
    /// <summary>Whether the attempt ends with it: steps and transfers are judged when there is none under way.</summary>
    public bool EndsAttempt => Act is not (Act.Step or Act.Transfer);
}

/// <summary>A conviction: the stage loses its seat.</summary>
/// <param name="Stage">The stage.</param>
/// <param name="Seat">Its seat, which is how often the stage was convicted before.</param>
/// <param name="Node">The node that held it.</param>
/// <param name="Evidence">The hash of the evidence.</param>
/// <param name="Heard">The block whose hearing convicted it; null where that needed none: what it states contradicts the server's own knowledge.</param>
/// <param name="AuditKey">The key by which audits were drawn before that hearing; null where none were.</param>
/// <param name="FoundBy">The stage whose detector had found what was heard; null where none had.</param>
public sealed record Conviction(int Stage, int Seat, NodeId Node, Claim Evidence, int? Heard, ulong? AuditKey = null, int? FoundBy = null);
