using System.Collections.Immutable;
using System.Globalization;
using PipelineRobustness.Models.Training;
using PipelineRobustness.Pipeline.Messages;
using PipelineRobustness.Pipeline.Referee;

namespace PipelineRobustness.Pipeline.Running;

/// <summary>What a run reports as it proceeds. Nothing of an iteration is reported before it is committed.</summary>
public abstract record RunEvent;

/// <summary>All stages are built, and know each other's addresses.</summary>
/// <param name="Placement">The node of each stage.</param>
public sealed record RunStarted(ImmutableArray<NodeId> Placement) : RunEvent, IPlacement
{
    /// <summary>Since the server began, which may be a successor that found nothing to resume from.</summary>
    public TimeSpan Took { get; init; }
}

/// <summary>All holders have stepped.</summary>
/// <param name="Iteration">The iteration, counted from 0.</param>
/// <param name="Loss">Mean loss per target before the step.</param>
/// <param name="LearningRate">Learning rate of the step.</param>
/// <param name="GradientNorm">Norm of what was stepped, before clipping.</param>
/// <param name="Attempts">Attempts it took.</param>
/// <param name="Repeats">Of these, repeated because no honest holder was left (substitute).</param>
/// <param name="Disagreements">Of these, repeated because original and copy of a block reported different gradients.</param>
/// <param name="Passes">Passes of the last attempt.</param>
/// <param name="Skipped">Stages that took no part in the last pass.</param>
/// <param name="Frozen">Blocks that were not updated, but for those that <c>training.blocks</c> leaves out.</param>
/// <param name="Verdicts">Of all attempts, in order.</param>
/// <param name="Notes">Notes of stages' behaviour on all attempts and passes, in order; opaque to the pipeline.</param>
/// <param name="Refetched">Blocks whose copies were fetched again or rebuilt around this commit.</param>
/// <param name="Elapsed">Spent on this and all earlier iterations of the run; evaluations in between are left out.</param>
/// <param name="Rulings">The rulings of the iteration, in order.</param>
/// <param name="Digests">State digest of every block after the step; empty where no referee is asked.</param>
/// <param name="Audits">The keys by which audits were drawn.</param>
[Wire("IC", 4)]
public sealed record IterationCommitted(
    long Iteration, double Loss, double LearningRate, double GradientNorm, int Attempts, int Repeats, int Disagreements,
    int Passes, ImmutableArray<int> Skipped, ImmutableArray<int> Frozen, ImmutableArray<Verdict> Verdicts,
    ImmutableArray<string> Notes, ImmutableArray<int> Refetched, TimeSpan Elapsed, ImmutableArray<Ruling> Rulings,
    ImmutableArray<UInt128> Digests, AuditKeys Audits = default) : RunEvent;

/// <summary>The referee's ruling has taken effect: a stage has lost its seat, or a link is relayed.</summary>
/// <param name="Ruling">The ruling.</param>
public sealed record RulingMade(Ruling Ruling) : RunEvent;

/// <summary>A node gets no stage of the run, since its processor gives other bits than the server's, and bytes are compared.</summary>
/// <param name="Node">The node.</param>
/// <param name="Fingerprint">What its processor gives; null if it has not said.</param>
/// <param name="Expected">What the processor of the server's node gives.</param>
public sealed record NodeLeftOut(NodeId Node, UInt128? Fingerprint, UInt128 Expected) : RunEvent
{
    /// <summary>Whether a referee is asked, which takes no tolerance: where it recomputes, bytes count.</summary>
    public bool IsRefereed { get; init; }

    /// <summary>In a line for people.</summary>
    public string Text =>
        $"{Node} gets no stage: expected a processor with the fingerprint {Hex(Expected)}, found {(Fingerprint is { } found ? Hex(found) : "none")}; "
        + $"its honest work would look like lies ({(IsRefereed ? OnlyAlike : "defence.tolerance above 0 allows for it")})";

    private const string OnlyAlike = "give the run nodes with the server's processor, or another defence.remedy, with a defence.tolerance above 0";

    /// <summary>A fingerprint in hex.</summary>
    public static string Hex(UInt128 fingerprint) => fingerprint.ToString("x32", CultureInfo.InvariantCulture);
}

/// <summary>An iteration was begun and never committed: too many attempts, or the run ended under it.</summary>
/// <param name="Iteration">The iteration, counted from 0.</param>
/// <param name="Attempts">Attempts that were given up.</param>
/// <param name="Repeats">Of these, because no honest holder was left (substitute).</param>
/// <param name="Disagreements">Of these, because original and copy of a block reported different gradients.</param>
/// <param name="Verdicts">Of the passes that were judged, in order.</param>
/// <param name="Notes">Notes of stages' behaviour on them.</param>
public sealed record IterationAbandoned(
    long Iteration, int Attempts, int Repeats, int Disagreements, ImmutableArray<Verdict> Verdicts,
    ImmutableArray<string> Notes) : RunEvent;

/// <summary>Something failed, and the run recovers: where it was, and why.</summary>
/// <param name="Version">Iterations committed.</param>
/// <param name="Reason">What broke, in one line.</param>
public sealed record RecoveryBegan(long Version, string Reason) : RunEvent
{
    /// <summary>Whether nothing broke: a state is not finite, and the run goes back to the last one that is.</summary>
    public bool GoesBack { get; init; }
}

/// <summary>Every block has its holders again.</summary>
/// <param name="Version">The version that training resumes from; less than before if it fell back to a checkpoint.</param>
/// <param name="How">What was restored from where, in one line.</param>
/// <param name="Placement">The node of each stage.</param>
/// <param name="Took">Since the recovery began.</param>
public sealed record RecoveryEnded(long Version, string How, ImmutableArray<NodeId> Placement, TimeSpan Took) : RunEvent, IPlacement
{
    /// <summary>What broke, in one line; all of it after several failures.</summary>
    public string Reason { get; init; } = "";

    /// <summary>Whether nothing broke: stages moved to nodes with more room, or away from a leaving node.</summary>
    public bool IsMove { get; init; }
}

/// <summary>A checkpoint is whole, or could not be written and why.</summary>
public sealed record CheckpointWritten(long Version, string? Error) : RunEvent;

/// <summary>Perplexity is exp(<paramref name="Loss"/>).</summary>
/// <param name="Iteration">Iterations committed before.</param>
/// <param name="Loss">Mean loss per target.</param>
/// <param name="Targets">Number of targets.</param>
public sealed record Evaluated(long Iteration, double Loss, long Targets) : RunEvent;

/// <summary>What was not finite.</summary>
public enum NotFinitePart
{
    /// <summary>The loss of an iteration, which the last stage computes.</summary>
    Loss,

    /// <summary>The norm of a block's gradient.</summary>
    GradientNorm,

    /// <summary>A weight or moment of a block after its step.</summary>
    State,

    /// <summary>The loss of an evaluation.</summary>
    EvaluationLoss,
}

/// <summary>For the first time in the run a number was not finite. A server that takes over may report a later one.</summary>
/// <param name="Iteration">The iteration, counted from 0; of an evaluation, iterations committed before.</param>
/// <param name="Stage">The stage that reported it.</param>
/// <param name="Part">What it was.</param>
/// <param name="Detail">The number, or which weight or moment.</param>
public sealed record NumberNotFinite(long Iteration, int Stage, NotFinitePart Part, string Detail) : RunEvent
{
    /// <summary>In a line for people.</summary>
    public string Text => Part switch
    {
        NotFinitePart.Loss => $"iteration {Iteration}: the loss is {Detail} (stage {Stage})",
        NotFinitePart.GradientNorm => $"iteration {Iteration}: the gradient norm is {Detail} (stage {Stage})",
        NotFinitePart.State => $"iteration {Iteration}: after the step {Detail} is not finite (stage {Stage})",
        _ => $"the evaluation after iteration {Iteration}: the loss is {Detail} (stage {Stage})",
    };
}

/// <summary>A stage or the server has waited longer than the set time.</summary>
/// <param name="Who">The stage or the server.</param>
/// <param name="What">What it waits for, and from which stage or node.</param>
/// <param name="Since">Since when.</param>
public sealed record WaitReported(string Who, string What, DateTimeOffset Since) : RunEvent;

/// <summary>A member has sent something that cannot be of the run. Of each kind of message the first is reported.</summary>
/// <param name="Kind">The kind of message.</param>
/// <param name="From">The address that it came from.</param>
/// <param name="Fault">The rule that it breaks.</param>
public sealed record MessageRefused(string Kind, string From, string Fault) : RunEvent
{
    /// <summary>In a line for people.</summary>
    public string Text => $"a {Kind} from {From} is refused: {Fault}";
}

/// <summary>Receives a run's events. Called on the server's thread: must be quick and must not throw.</summary>
public interface IRunObserver
{
    /// <summary>Whether it can record nothing more: then the run is interrupted, so that no work goes unrecorded.</summary>
    bool Stops => false;

    /// <summary>Something happened.</summary>
    void Observe(RunEvent occurrence);
}

/// <summary>How a run ended.</summary>
public enum RunStatus
{
    /// <summary>All iterations are committed.</summary>
    Done,

    /// <summary>It could not continue.</summary>
    Failed,

    /// <summary>It was asked to stop.</summary>
    Interrupted,

    /// <summary>Another server took it over: results of this one do not count.</summary>
    Superseded,
}

/// <summary>What a run cannot continue without, and lost for good.</summary>
public enum LossKind
{
    /// <summary>Nodes with room for all stages.</summary>
    Room,

    /// <summary>A block: every holder is lost, no checkpoint has it, and the first weights cannot be made again.</summary>
    Block,
}

/// <summary>What is left of a run.</summary>
/// <param name="Status">How it ended.</param>
/// <param name="Reason">Why, where not done: one line.</param>
/// <param name="Iterations">Iterations committed.</param>
/// <param name="EvaluationLoss">Mean loss per target after the last iteration; null if there was none.</param>
/// <param name="FinalState">Every block's state in order, the caller's to dispose of; empty where a stage died.</param>
public sealed record RunOutcome(
    RunStatus Status, string? Reason, long Iterations, double? EvaluationLoss,
    ImmutableArray<BlockState> FinalState) : IDisposable
{
    /// <summary>What a failed run lost for good; null where something else made it fail.</summary>
    public LossKind? Lost { get; init; }

    /// <inheritdoc/>
    public void Dispose()
    {
        foreach (var block in FinalState) block.Dispose();
    }
}
