using System.Collections.Immutable;
using Akka.Actor;
using PipelineRobustness.Models.Training;
using PipelineRobustness.Pipeline.Ports;
using static TorchSharp.torch;

namespace PipelineRobustness.Pipeline.Messages;

/// <summary>A detector's finding that accuses a stage.</summary>
/// <param name="Iteration">The iteration.</param>
/// <param name="Attempt">The attempt.</param>
/// <param name="Pass">The pass within the attempt.</param>
/// <param name="MicroBatch">The micro-batch.</param>
/// <param name="Direction">Which direction was lied in.</param>
/// <param name="Suspect">The stage that sent something else than its block computes.</param>
/// <param name="NoticedBy">The stage whose detector says so.</param>
/// <param name="Distance">Largest absolute difference over largest absolute honest value; infinite where one side alone is not finite.</param>
[Wire("VE")]
public sealed record Verdict(
    long Iteration, int Attempt, int Pass, int MicroBatch, Direction Direction, int Suspect, int NoticedBy, double Distance);

/// <summary>Stage to its detector: compare what was sent with what a copy computed.</summary>
public sealed record Compare(
    StepId Work, Direction Direction, int MicroBatch, int Suspect, Tensor Sent, Tensor Computed)
    : IWorkMessage, ITensorMessage
{
    /// <inheritdoc/>
    public void Dispose()
    {
        Sent.Dispose();
        Computed.Dispose();
    }
}

/// <summary>Stage to its detector: a void jump leaves nothing to compare this micro-batch with.</summary>
public sealed record ComparisonSkipped(StepId Work, Direction Direction, int MicroBatch) : IWorkMessage;

/// <summary>Detector to its stage: the outcome.</summary>
public sealed record Compared(StepId Work, Direction Direction, int MicroBatch, bool Rejected) : IWorkMessage;

/// <summary>Detector to server: every micro-batch of one direction of a pass was compared here.</summary>
[Wire("PC")]
public sealed record PassChecked(StepId Work, Direction Direction, int Stage, ImmutableArray<Verdict> Verdicts) : IWorkMessage;

/// <summary>Server to stage: what digest does the state of your blocks have now?</summary>
[Wire("AS")]
public sealed record AuditState(StepId Work) : IWorkMessage;

/// <summary>Stage to server: these.</summary>
[Wire("SA")]
public sealed record StateAudited(StepId Work, int Stage, UInt128 Own, UInt128? Copy) : IWorkMessage;

/// <summary>Server to a holder of a block: send its state to another holder, a stage.</summary>
[Wire("SB")]
public sealed record SendBlock(StepId Work, int Block, int To, IActorRef Receiver) : IWorkMessage;

/// <summary>Holder to holder: a block's weights, moments and step counts.</summary>
public sealed record BlockTransfer(StepId Work, int Block, int To, BlockState State) : IWorkMessage, ITensorMessage
{
    /// <inheritdoc/>
    public void Dispose() => State.Dispose();
}

/// <summary>Holder to server: restored; the digest it has now.</summary>
[Wire("BR")]
public sealed record BlockRestored(StepId Work, int Stage, int Block, UInt128 Digest) : IWorkMessage;
