using System.Collections.Immutable;
using Akka.Actor;
using PipelineRobustness.Models.Training;
using PipelineRobustness.Pipeline.Ports;
using PipelineRobustness.Pipeline.Running;
using PipelineRobustness.Pipeline.Server;
using PipelineRobustness.Pipeline.Verification;
using static TorchSharp.torch;

namespace PipelineRobustness.Pipeline.Messages;

/// <summary>A message about one piece of work.</summary>
public interface IWorkMessage
{
    /// <summary>Which piece of work.</summary>
    StepId Work { get; }
}

/// <summary>A message that gives tensors away: whoever receives it owns and disposes of them.</summary>
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

/// <summary>Server to stages: a pass begins; whatever was under way before is void, gradients included.</summary>
/// <param name="Work">The identity of the pass.</param>
/// <param name="Kind">How far it goes.</param>
/// <param name="Skipped">Stages that take no part.</param>
/// <param name="FirstMicroBatch">First micro-batch (0 in training).</param>
/// <param name="MicroBatches">How many micro-batches.</param>
[Wire("BP")]
public sealed record BeginPass(
    StepId Work, PassKind Kind, ImmutableSortedSet<int> Skipped, int FirstMicroBatch, int MicroBatches) : IWorkMessage;

/// <summary>Server to stages: the forward pass was judged, backward begins.</summary>
[Wire("BB")]
public sealed record BeginBackward(StepId Work) : IWorkMessage;

/// <summary>Stage to server: all micro-batches of a gated pass went forward here.</summary>
/// <param name="Work">The identity of the pass.</param>
/// <param name="Stage">The stage.</param>
/// <param name="Note">What the plugged-in behaviour wants kept of this share of the pass; opaque, mostly empty.</param>
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
/// <param name="Rejected">The sender convicted the stage it received from: that stage's jump is void.</param>
/// <param name="Enclosed">Forward, when <paramref name="Rejected"/>: the activation the sender went on with; it takes the jump's place.</param>
public sealed record TensorSent(
    StepId Work, Direction Direction, Link Link, int MicroBatch, int From, int To,
    Tensor Value, bool Rejected, Tensor? Enclosed) : IWorkMessage, ITensorMessage
{
    /// <inheritdoc/>
    public void Dispose()
    {
        Value.Dispose();
        Enclosed?.Dispose();
    }
}

/// <summary>What a stage sends another where there are no tensors: their size. It stays within a process.</summary>
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

/// <summary>What a holder of a block says of the gradient it summed: law 2's "prepared".</summary>
/// <param name="Block">The block.</param>
/// <param name="SquaredNorms">Float64 sum of squares of each parameter's gradient, in the model's order.</param>
/// <param name="Digest">Digest of the gradient's bytes.</param>
[Wire("HR")]
public sealed record HolderReport(int Block, ImmutableArray<double> SquaredNorms, UInt128 Digest);

/// <summary>Stage to server: every gradient is summed and kept.</summary>
/// <param name="Work">The identity of the pass.</param>
/// <param name="Stage">The stage.</param>
/// <param name="Own">Its own block.</param>
/// <param name="Copy">Its copy of another's block, where that took part.</param>
/// <param name="Loss">Mean loss per target, from the last stage; else null.</param>
/// <param name="Note">What the plugged-in behaviour wants kept of this share of the pass; opaque, mostly empty.</param>
[Wire("PR")]
public sealed record Prepared(StepId Work, int Stage, HolderReport Own, HolderReport? Copy, double? Loss, string Note) : IWorkMessage;

/// <summary>Server to stages: step from version n to n + 1.</summary>
/// <param name="Ballot">The term of office of the server that says so: the pass's, or a later one that rolls it forward.</param>
/// <param name="Work">The identity of the accepted pass.</param>
/// <param name="LearningRate">Learning rate of this step.</param>
/// <param name="Coefficients">Clipping coefficient of each block.</param>
/// <param name="Frozen">Blocks that are not updated, original and copy.</param>
/// <param name="Stale">Blocks whose copies are not to be trusted after this step: they were given other gradients, or none.</param>
/// <param name="State">What the server knows, for whoever takes over from it.</param>
/// <param name="Record">What the log will say of it.</param>
[Wire("CM", 2)]
public sealed record Commit(
    Ballot Ballot, StepId Work, double LearningRate, ImmutableArray<double> Coefficients, ImmutableSortedSet<int> Frozen,
    ImmutableSortedSet<int> Stale, ServerState State, IterationCommitted Record) : IWorkMessage;

/// <summary>Stage to server: stepped; the digests of the new state.</summary>
[Wire("CD")]
public sealed record Committed(StepId Work, int Stage, UInt128 Own, UInt128? Copy) : IWorkMessage;

/// <summary>Last stage to server: loss sums of one round's windows (float64, in window order) and the number of targets.</summary>
[Wire("ES")]
public sealed record EvaluationSums(StepId Work, ImmutableArray<double> Sums, long Targets) : IWorkMessage;

/// <summary>Server to stage, when all iterations are done: give me your block's weights, moments and step counts.</summary>
[Wire("CB")]
public sealed record CollectBlock(StepId Work) : IWorkMessage;

/// <summary>Stage to server: here they are.</summary>
public sealed record BlockCollected(StepId Work, int Stage, BlockState State) : IWorkMessage, ITensorMessage
{
    /// <inheritdoc/>
    public void Dispose() => State.Dispose();
}

/// <summary>Server to stages: where all stages are, and what was committed.</summary>
/// <param name="Ballot">The server's ballot.</param>
/// <param name="Stages">Every stage.</param>
/// <param name="Placement">The node of each.</param>
/// <param name="Detectors">What each stage's detector remembers at the version that the stages have; empty where none remembers anything.</param>
[Wire("WI", 2)]
public sealed record Wiring(
    Ballot Ballot, ImmutableArray<IActorRef> Stages, ImmutableArray<NodeId> Placement, ImmutableArray<DetectorState> Detectors);

/// <summary>Stage to server: longer than the set time without the next input.</summary>
/// <param name="Stage">The stage.</param>
/// <param name="What">For what it waits, in words.</param>
/// <param name="Work">In which piece of work; null where it has nothing to do.</param>
/// <param name="Waited">For how long: by its own clock, which may not agree with others'.</param>
[Wire("SW", 3)]
public sealed record StageWaits(int Stage, string What, StepId? Work, TimeSpan Waited)
{
    /// <summary>What a stage waits for that has nothing to do.</summary>
    internal const string NextWord = "the server's next word";
}

/// <summary>Server to a block's owner: hand your state, of this version, to the store.</summary>
[Wire("WS")]
public sealed record WriteShard(StepId Work) : IWorkMessage;

/// <summary>Stage to server: it is on the disk, or it is not and why.</summary>
[Wire("SD")]
public sealed record ShardDone(StepId Work, int Block, ShardSeal? Seal, string? Trouble) : IWorkMessage;
