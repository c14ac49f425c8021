using System.Collections.Immutable;
using Akka.Actor;
using PipelineRobustness.Models.Training;
using PipelineRobustness.Pipeline.Ports;
using PipelineRobustness.Pipeline.Referee;
using PipelineRobustness.Pipeline.Running;
using PipelineRobustness.Pipeline.Server;
using static TorchSharp.torch;

namespace PipelineRobustness.Pipeline.Messages;

/// <summary>A message about one step.</summary>
public interface IWorkMessage
{
    /// <summary>The step.</summary>
    StepId Work { get; }
}

/// <summary>A message that transfers tensors: the receiver owns and disposes of them.</summary>
public interface ITensorMessage : IDisposable;

/// <summary>How far a pass goes before the server judges it.</summary>
public enum PassKind
{
    /// <summary>Forward and backward without a halt.</summary>
    Whole,

    /// <summary>Forward; backward begins with <see cref="BeginBackward"/>.</summary>
    Gated,

    /// <summary>Forward over evaluation windows.</summary>
    Evaluation,
}

/// <summary>Server to stages: a pass begins; all earlier work is void, gradients included.</summary>
/// <param name="Work">The identity of the pass.</param>
/// <param name="Kind">How far it goes.</param>
/// <param name="Skipped">Stages that take no part.</param>
/// <param name="FirstMicroBatch">First micro-batch (0 in training).</param>
/// <param name="MicroBatches">How many micro-batches.</param>
/// <param name="Rulings">The rulings of the run: seats and relayed links follow from them.</param>
/// <param name="Vouched">In training under a referee: what both holders of each block have come to, for the next server.</param>
[Wire("BP", 3)]
public sealed record BeginPass(
    StepId Work, PassKind Kind, ImmutableSortedSet<int> Skipped, int FirstMicroBatch, int MicroBatches, Rulings Rulings,
    VouchedState? Vouched = null) : IWorkMessage;

/// <summary>States of which no holder need be believed alone: both have come to them.</summary>
/// <param name="Version">The version.</param>
/// <param name="Digests">State digest of every block.</param>
public sealed record VouchedState(long Version, ImmutableArray<UInt128> Digests);

/// <summary>Server to stages: the forward pass was judged, backward begins.</summary>
[Wire("BB")]
public sealed record BeginBackward(StepId Work) : IWorkMessage;

/// <summary>Stage to server: all micro-batches of a gated pass went forward here.</summary>
/// <param name="Work">The identity of the pass.</param>
/// <param name="Stage">The stage.</param>
/// <param name="Note">What the plugged-in behaviour records about this stage's part of the pass; opaque, usually empty.</param>
[Wire("FD")]
public sealed record ForwardDone(StepId Work, int Stage, string Note) : IWorkMessage;

/// <summary>
/// Stage to stage (jumps of <c>skip-with-server</c> by way of the server): an activation [batch, time, hidden], a
/// gradient of the same shape, the loss of the last stage (a scalar, to the holder of its copy), or a gradient of the
/// tied matrix [vocabulary, hidden].
/// </summary>
/// <param name="Work">The identity of the pass.</param>
/// <param name="Direction">Forward or backward.</param>
/// <param name="Link">Which connection it takes.</param>
/// <param name="MicroBatch">The micro-batch; 0 for a tied gradient.</param>
/// <param name="From">The sending stage.</param>
/// <param name="To">The receiving stage.</param>
/// <param name="Value">What was sent.</param>
/// <param name="Rejected">The sender rejected its predecessor's value: the predecessor's jump is void.</param>
/// <param name="Enclosed">Forward, when <paramref name="Rejected"/>: the activation that the sender used instead; it replaces the jump.</param>
public sealed record TensorSent(
    StepId Work, Direction Direction, Link Link, int MicroBatch, int From, int To,
    Tensor Value, bool Rejected, Tensor? Enclosed) : IWorkMessage, ITensorMessage
{
    /// <summary>The same with its value alone, which is all that a claim is about. What it encloses is disposed of.</summary>
    internal TensorSent WithValueAlone()
    {
        Enclosed?.Dispose();
        return this with { Rejected = false, Enclosed = null };
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        Value.Dispose();
        Enclosed?.Dispose();
    }
}

/// <summary>The size of a tensor, sent in its place in runs without tensors. It stays within a process.</summary>
/// <param name="Work">The identity of the pass.</param>
/// <param name="Direction">Forward or backward.</param>
/// <param name="Link">Which connection it takes.</param>
/// <param name="MicroBatch">The micro-batch; 0 for a tied gradient.</param>
/// <param name="From">The sending stage.</param>
/// <param name="To">The receiving stage.</param>
/// <param name="Bytes">Bytes that the tensor would have.</param>
public sealed record SizeSent(StepId Work, Direction Direction, Link Link, int MicroBatch, int From, int To, long Bytes)
    : IWorkMessage, ITensorMessage
{
    /// <inheritdoc/>
    public void Dispose()
    {
    }
}

/// <summary>A block holder's report about its summed gradient: law 2's "prepared".</summary>
/// <param name="Block">The block.</param>
/// <param name="SquaredNorms">Float64 sum of squares of each parameter's gradient, in the model's order.</param>
/// <param name="Digest">Digest of the gradient's bytes.</param>
[Wire("HR")]
public sealed record HolderReport(int Block, ImmutableArray<double> SquaredNorms, UInt128 Digest);

/// <summary>Stage to server: every gradient is summed and kept.</summary>
/// <param name="Work">The identity of the pass.</param>
/// <param name="Stage">The stage.</param>
/// <param name="Own">Its own block.</param>
/// <param name="Copy">Its copy of another stage's block, if the copy took part.</param>
/// <param name="Loss">Mean loss per target, from the last stage; else null.</param>
/// <param name="Note">What the plugged-in behaviour records about this stage's part of the pass; opaque, usually empty.</param>
[Wire("PR")]
public sealed record Prepared(StepId Work, int Stage, HolderReport Own, HolderReport? Copy, double? Loss, string Note) : IWorkMessage;

/// <summary>Server to stages: step from version n to n + 1.</summary>
/// <param name="Ballot">The ballot of the committing server: the pass's, or a later one that rolls the pass forward.</param>
/// <param name="Work">The identity of the accepted pass.</param>
/// <param name="LearningRate">Learning rate of this step.</param>
/// <param name="Coefficients">Clipping coefficient of each block.</param>
/// <param name="Frozen">Blocks that are not updated, original and copy.</param>
/// <param name="Stale">Blocks whose copies are stale after this step: they received different gradients, or none.</param>
/// <param name="State">The server's state, for its successor.</param>
/// <param name="Record">Its log record.</param>
[Wire("CM", 3)]
public sealed record Commit(
    Ballot Ballot, StepId Work, double LearningRate, ImmutableArray<double> Coefficients, ImmutableSortedSet<int> Frozen,
    ImmutableSortedSet<int> Stale, ServerState State, IterationCommitted Record) : IWorkMessage;

/// <summary>Stage to server: stepped.</summary>
/// <param name="Work">The identity of the pass.</param>
/// <param name="Stage">The stage.</param>
/// <param name="Own">Digest of its block's new state.</param>
/// <param name="Copy">Digest of its copy's new state; null where it has none.</param>
/// <param name="NotFinite">The first weight or moment of its block that is not finite, in words; null where all are.</param>
/// <param name="CopyNotFinite">The same of its copy, where a referee is asked: then neither holder of a block is believed alone.</param>
[Wire("CD", 3)]
public sealed record Committed(StepId Work, int Stage, UInt128 Own, UInt128? Copy, string? NotFinite, string? CopyNotFinite) : IWorkMessage;

/// <summary>Last stage to server: loss sums of one round's windows (float64, in window order) and the number of targets.</summary>
[Wire("ES")]
public sealed record EvaluationSums(StepId Work, ImmutableArray<double> Sums, long Targets) : IWorkMessage;

/// <summary>Server to stage, when all iterations are done: send your block's weights, moments and step counts.</summary>
[Wire("CB")]
public sealed record CollectBlock(StepId Work) : IWorkMessage;

/// <summary>Stage to server: the requested state.</summary>
public sealed record BlockCollected(StepId Work, int Stage, BlockState State) : IWorkMessage, ITensorMessage
{
    /// <inheritdoc/>
    public void Dispose() => State.Dispose();
}

/// <summary>Server to stages: where all stages are, and what was committed.</summary>
/// <param name="Ballot">The server's ballot.</param>
/// <param name="Stages">Every stage.</param>
/// <param name="Placement">The node of each.</param>
/// <param name="State">What the server has committed; stages that have taken no commit yet report it to a later server.</param>
[Wire("WI", 4)]
public sealed record StageAddresses(
    Ballot Ballot, ImmutableArray<IActorRef> Stages, ImmutableArray<NodeId> Placement, ServerState State);

/// <summary>Stage to server: no input for longer than the set time.</summary>
/// <param name="Stage">The stage.</param>
/// <param name="What">What it is waiting for, in words.</param>
/// <param name="Work">The step it is in; null if it is idle.</param>
/// <param name="Waited">How long it has waited, by its own clock, which may differ from others.</param>
[Wire("SW", 3)]
public sealed record StageWaits(int Stage, string What, StepId? Work, TimeSpan Waited)
{
    /// <summary>What an idle stage is waiting for.</summary>
    internal const string NextWord = "the server's next word";
}

/// <summary>Server to a block's owner: write your state of this version to the store.</summary>
[Wire("WS")]
public sealed record WriteShard(StepId Work) : IWorkMessage;

/// <summary>Stage to server: the shard is on disk, or why it is not.</summary>
[Wire("SD", 2)]
public sealed record ShardDone(StepId Work, int Block, ShardSeal? Seal, string? Error) : IWorkMessage;
