using System.Collections.Immutable;
using Akka.Actor;
using PipelineRobustness.Models.Training;
using PipelineRobustness.Pipeline.Ports;
using PipelineRobustness.Pipeline.Verification;
using static TorchSharp.torch;

namespace PipelineRobustness.Pipeline.Messages;

/// <summary>A finding that counts: who noticed it, and which stage is the suspect.</summary>
/// <param name="Iteration">The iteration.</param>
/// <param name="Attempt">The attempt.</param>
/// <param name="Pass">The pass within the attempt.</param>
/// <param name="MicroBatch">The micro-batch.</param>
/// <param name="Direction">The direction of the rejected value.</param>
/// <param name="Suspect">The stage that sent the rejected value.</param>
/// <param name="NoticedBy">The stage whose detector rejected it.</param>
/// <param name="Distance">The finding's distance; of a comparison with a copy, see <see cref="TensorComparison.Distance"/>.</param>
[Wire("VE")]
public sealed record Verdict(
    long Iteration, int Attempt, int Pass, int MicroBatch, Direction Direction, int Suspect, int NoticedBy, double Distance);

/// <summary>A stage's message to its detector about one micro-batch.</summary>
internal interface IInspectionMessage : IWorkMessage
{
    /// <summary>Which way the pass goes.</summary>
    Direction Direction { get; }

    /// <summary>The detector's state of this direction at the last commit, with which every pass begins.</summary>
    ImmutableArray<byte> Committed { get; }
}

/// <summary>Stage to its detector: inspect what <paramref name="Suspect"/> sent.</summary>
/// <param name="Work">The identity of the pass.</param>
/// <param name="Direction">Which way the pass goes.</param>
/// <param name="MicroBatch">The micro-batch.</param>
/// <param name="Suspect">The stage that sent it.</param>
/// <param name="Received">What it sent.</param>
/// <param name="Reference">What a copy of its block computed; null where the detector needs no copy.</param>
/// <param name="Committed">The detector's state at the last commit.</param>
internal sealed record Inspect(
    StepId Work, Direction Direction, int MicroBatch, int Suspect, Tensor Received, Tensor? Reference, ImmutableArray<byte> Committed)
    : IInspectionMessage, ITensorMessage
{
    /// <inheritdoc/>
    public void Dispose()
    {
        Received.Dispose();
        Reference?.Dispose();
    }
}

/// <summary>Stage to its detector: this micro-batch cannot be inspected, since a void jump leaves nothing to compare it with.</summary>
internal sealed record InspectionSkipped(StepId Work, Direction Direction, int MicroBatch, ImmutableArray<byte> Committed) : IInspectionMessage;

/// <summary>Detector to its stage: the result.</summary>
internal sealed record Inspected(StepId Work, Direction Direction, int MicroBatch, bool Rejected) : IWorkMessage;

/// <summary>Detector to server: every micro-batch of one direction of a pass was inspected here.</summary>
/// <param name="Work">The identity of the pass.</param>
/// <param name="Direction">The direction.</param>
/// <param name="Stage">The checking stage.</param>
/// <param name="Verdicts">In the order of micro-batches.</param>
/// <param name="State">The detector's new state for this direction; a commit of the pass keeps it.</param>
[Wire("PC", 2)]
public sealed record PassChecked(
    StepId Work, Direction Direction, int Stage, ImmutableArray<Verdict> Verdicts, ImmutableArray<byte> State) : IWorkMessage;

/// <summary>Server to stage: report the current digests of your blocks' states.</summary>
[Wire("AS")]
public sealed record ConfirmState(StepId Work) : IWorkMessage;

/// <summary>Stage to server: the current digests.</summary>
[Wire("SA")]
public sealed record StateConfirmed(StepId Work, int Stage, UInt128 Own, UInt128? Copy) : IWorkMessage;

/// <summary>Server to a holder of a block: send its state to another holder.</summary>
[Wire("SB")]
public sealed record SendBlock(StepId Work, int Block, int To, IActorRef Receiver) : IWorkMessage;

/// <summary>Holder to holder: a block's weights, moments and step counts.</summary>
public sealed record BlockTransfer(StepId Work, int Block, int To, BlockState State) : IWorkMessage, ITensorMessage
{
    /// <summary>Under a referee, whether it has handed the state on: what holders send each other is of a step's first pass.</summary>
    internal bool IsHandedOn => Work.Pass > 0;

    /// <inheritdoc/>
    public void Dispose() => State.Dispose();
}

/// <summary>Holder to server: restored; the new digest.</summary>
[Wire("BR")]
public sealed record BlockRestored(StepId Work, int Stage, int Block, UInt128 Digest) : IWorkMessage;
