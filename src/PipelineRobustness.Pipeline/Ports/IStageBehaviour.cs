using System.Collections.Immutable;
using PipelineRobustness.Pipeline.Messages;
using static TorchSharp.torch;

namespace PipelineRobustness.Pipeline.Ports;

/// <summary>Which way a pass goes.</summary>
public enum Direction
{
    /// <summary>Activations, from the first stage to the last.</summary>
    Forward,

    /// <summary>Gradients, from the last stage to the first.</summary>
    Backward,
}

/// <summary>Which connection a tensor takes.</summary>
public enum Link
{
    /// <summary>To the next stage in the direction.</summary>
    Neighbour,

    /// <summary>The jumping connection, which bypasses one stage.</summary>
    Jump,

    /// <summary>Enclosed with the tensor to the neighbour: the value that replaced a rejected one.</summary>
    Enclosure,

    /// <summary>Between the two ends, for the tied matrix.</summary>
    Tied,

    /// <summary>From a stage to its own detector: the reference that a received value is compared with.</summary>
    Comparison,

    /// <summary>From a stage to its own witness, which states it; see <see cref="StatementPart"/>.</summary>
    Statement,

    /// <summary>Within a stage, backward: the gradient of its block's input, with which its copy continues.</summary>
    OwnCopy,
}

/// <summary>What a stage states about a value.</summary>
public enum StatementPart
{
    /// <summary>Its neighbour sent it.</summary>
    Came,

    /// <summary>It came by the jump, as the input of its copy.</summary>
    Jumped,

    /// <summary>Its block gave it, and it was sent.</summary>
    Sent,

    /// <summary>Its copy gave it.</summary>
    Copy,

    /// <summary>Its block's own part of the tied matrix's gradient.</summary>
    TiedPart,

    /// <summary>The other part, as it came.</summary>
    OtherPart,

    /// <summary>Its copy's own part of the tied matrix's gradient.</summary>
    CopyTiedPart,
}

/// <summary>Which tensor a stage is about to hand over: to another, or to its own detector.</summary>
/// <param name="Iteration">The iteration.</param>
/// <param name="Attempt">The attempt.</param>
/// <param name="Pass">The pass within the attempt.</param>
/// <param name="MicroBatch">The micro-batch.</param>
/// <param name="Direction">Which way the pass goes.</param>
/// <param name="Stage">The stage that sends.</param>
/// <param name="Link">The connection.</param>
/// <param name="Judged">On <see cref="Link.Comparison"/>, the stage under inspection; null elsewhere.</param>
/// <param name="Memory">What the stage's behaviour remembers; null where the stage has no memory.</param>
public sealed record SendContext(
    long Iteration, int Attempt, int Pass, int MicroBatch, Direction Direction, int Stage, Link Link, int? Judged = null,
    BehaviourMemory? Memory = null)
{
    /// <summary>On <see cref="Link.Statement"/>, what is stated; null elsewhere.</summary>
    public StatementPart? Part { get; init; }

    /// <summary>The stage's seat: how often it was convicted.</summary>
    public int Seat { get; init; }

    /// <summary>Whether something broke before the pass: the run goes on after a recovery, or after an interruption.</summary>
    public bool FollowsRecovery { get; init; }
}

/// <summary>A block that a stage holds, at an iteration.</summary>
/// <param name="Iteration">The iteration.</param>
/// <param name="Attempt">The attempt.</param>
/// <param name="Stage">The stage.</param>
/// <param name="Seat">Its seat: how often it was convicted.</param>
/// <param name="Block">The block: its own or its copy.</param>
public readonly record struct HeldContext(long Iteration, int Attempt, int Stage, int Seat, int Block);

/// <summary>What a holder reports about its summed gradient.</summary>
/// <param name="SquaredNorms">Sum of squares of each parameter's gradient, in the model's order.</param>
/// <param name="Digest">Digest of the gradient's bytes.</param>
/// <param name="Loss">Of the last block, the mean loss per target; else null.</param>
public sealed record ReportedSums(ImmutableArray<double> SquaredNorms, UInt128 Digest, double? Loss);

/// <summary>The task that a stage is about to do, in training.</summary>
/// <param name="Iteration">The iteration.</param>
/// <param name="Attempt">The attempt.</param>
/// <param name="Retry">How often the iteration was retried.</param>
/// <param name="MicroBatch">The micro-batch.</param>
/// <param name="Direction">Which way the pass goes.</param>
/// <param name="Stage">The stage.</param>
/// <param name="Block">The block it computes: its own or its copy; null if it only compares.</param>
/// <param name="Ballot">The server's ballot; retries are counted from 0 in each.</param>
/// <param name="Pass">The pass within the attempt.</param>
public readonly record struct WorkContext(
    long Iteration, int Attempt, int Retry, int MicroBatch, Direction Direction, int Stage, int? Block = null, Ballot Ballot = default, int Pass = 0)
{
    /// <summary>A piece of a pass.</summary>
    internal static WorkContext Of(StepId work, int microBatch, Direction direction, int stage, int? block) =>
        new(work.Iteration, work.Attempt, work.Retry, microBatch, direction, stage, block, work.Ballot, work.Pass);
}

/// <summary>The piece of a disputed block that the server's referee is about to work.</summary>
/// <param name="Iteration">The iteration.</param>
/// <param name="Attempt">The attempt.</param>
/// <param name="MicroBatch">The micro-batch.</param>
/// <param name="Direction">Which way.</param>
/// <param name="Block">The block.</param>
public readonly record struct HearingContext(long Iteration, int Attempt, int MicroBatch, Direction Direction, int Block);

/// <summary>
/// The port for everything that a stage does in addition to its work. A deployment plugs in <see cref="HonestBehaviour"/>.
/// Called on the stage's own thread.
/// </summary>
public interface IStageBehaviour
{
    /// <summary>The value to send, or to give to the stage's own detector, in place of <paramref name="honest"/>.</summary>
    /// <returns><paramref name="honest"/> itself, or a new tensor; <paramref name="honest"/> is never written to.</returns>
    Tensor Send(SendContext context, Tensor honest) => honest;

    /// <summary>
    /// Called before the stage's block works on an activation or a gradient (<see cref="Link.Neighbour"/>), and before its copy works on a
    /// gradient (<see cref="Link.Jump"/>).
    /// </summary>
    /// <param name="context">The direction and the micro-batch.</param>
    /// <param name="input">What it works on, lent for the call; never written to. [batch, time, hidden]</param>
    void Receive(SendContext context, Tensor input)
    {
    }

    /// <summary>The labels that the last stage trains on, in place of <paramref name="honest"/>.</summary>
    /// <param name="context">The stage's block.</param>
    /// <param name="microBatch">The micro-batch.</param>
    /// <param name="honest">Token ids [batch, time]; never written to.</param>
    /// <returns><paramref name="honest"/> itself, or a new tensor.</returns>
    Tensor Label(HeldContext context, int microBatch, Tensor honest) => honest;

    /// <summary>Whether the stage withholds a tensor that another stage is waiting for.</summary>
    bool Withholds(SendContext context) => false;

    /// <summary>The sums to report in place of <paramref name="honest"/>.</summary>
    ReportedSums Report(HeldContext context, ReportedSums honest) => honest;

    /// <summary>Called in place of a step.</summary>
    /// <param name="context">The block that is to step.</param>
    /// <param name="state">Weight and two moments of each parameter: live tensors.</param>
    /// <param name="honest">The honest step.</param>
    void Update(HeldContext context, IReadOnlyList<Tensor> state, Action honest) => honest();

    /// <summary>The digest of a block's state after a step to report in place of <paramref name="honest"/>.</summary>
    UInt128 Digest(HeldContext context, UInt128 honest) => honest;

    /// <summary>Called before a block's state is given to another holder, or collected at the end.</summary>
    /// <param name="context">The block.</param>
    /// <param name="state">What is given: weight and two moments of each parameter. Writes to them reach the receiver alone.</param>
    void Give(HeldContext context, IReadOnlyList<Tensor> state)
    {
    }

    /// <summary>The digest of a state that was given by another holder, and restored, to report in place of <paramref name="honest"/>.</summary>
    UInt128 Restored(HeldContext context, UInt128 honest) => honest;

    /// <summary>The digest of a state that a block was built with, version 0's or a checkpoint's, to report in place of <paramref name="honest"/>.</summary>
    UInt128 Built(HeldContext context, UInt128 honest) => honest;

    /// <summary>What to show the referee in place of <paramref name="honest"/>.</summary>
    /// <param name="context">The block.</param>
    /// <param name="microBatch">The micro-batch of an input or a gradient; null for another tensor.</param>
    /// <param name="honest">What was asked for; never written to.</param>
    /// <returns><paramref name="honest"/> itself, a new tensor, or null to show nothing.</returns>
    Tensor? Show(HeldContext context, int? microBatch, Tensor honest) => honest;

    /// <summary>Called before a stage works on a micro-batch. The stage rethrows its exceptions.</summary>
    void BeforeWork(WorkContext context)
    {
    }

    /// <summary>Called before the server's referee works a piece of a disputed block, on the referee's own thread.</summary>
    void BeforeHearing(HearingContext context)
    {
    }

    /// <summary>Called when a stage has summed its gradients, before it says so.</summary>
    void BeforePrepared(long iteration, int stage)
    {
    }

    /// <summary>Called when a stage is asked what it worked on, before it shows anything to the referee.</summary>
    void BeforeShowing(long iteration, int stage)
    {
    }

    /// <summary>
    /// A note about a stage's part of a pass, taken when it is complete and, if the pass is judged after forward, halfway;
    /// opaque to the pipeline, usually empty. It is part of the stage's report, so that it outlives this process.
    /// </summary>
    string Note(long iteration, int attempt, int stage) => "";

    /// <summary>Called between two iterations with the state of a stage's blocks: weights, then moments, by parameter.</summary>
    /// <param name="iteration">The version just reached.</param>
    /// <param name="stage">The stage.</param>
    /// <param name="block">The block whose state it is: the stage's own, or the one it holds a copy of.</param>
    /// <param name="state">Live tensors; writes to them persist.</param>
    void BetweenIterations(long iteration, int stage, int block, IReadOnlyList<Tensor> state)
    {
    }
}

/// <summary>A stage that does its work and nothing else.</summary>
public sealed class HonestBehaviour : IStageBehaviour
{
    /// <summary>The one instance.</summary>
    public static HonestBehaviour Instance { get; } = new();

    private HonestBehaviour()
    {
    }
}
