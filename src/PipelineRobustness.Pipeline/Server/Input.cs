using Akka.Actor;
using PipelineRobustness.Pipeline.Messages;
using PipelineRobustness.Pipeline.Ports;
using PipelineRobustness.Pipeline.Referee;

namespace PipelineRobustness.Pipeline.Server;

/// <summary>
/// What a coordinator is stepped by: a message of the protocol whose sender and ballot have been checked, or one of
/// the inputs below.
/// </summary>
/// <param name="Message">The message.</param>
/// <param name="From">Its sender.</param>
internal readonly record struct Input(object Message, IActorRef From);

/// <summary>When a step is taken.</summary>
/// <param name="Utc">By the calendar: for waits, which are reported with the time at which they began.</param>
/// <param name="Uptime">By a clock that never jumps: for durations.</param>
internal readonly record struct Now(DateTimeOffset Utc, TimeSpan Uptime);

/// <summary>The host asks the run to end after the current iteration.</summary>
internal sealed record Interrupt;

/// <summary>Answers <see cref="Effect.AskObserver"/>.</summary>
/// <param name="Stops">Whether results can no longer be kept.</param>
internal sealed record ObserverAnswered(bool Stops);

/// <summary>Answers <see cref="Effect.ReadCheckpoints"/>: the newest checkpoint that is whole, if any.</summary>
internal sealed record CheckpointRead(CheckpointManifest? Newest);

/// <summary>A stage's final state has arrived and is kept by the actor.</summary>
/// <param name="Block">The block.</param>
/// <param name="Digest">Digest of the state.</param>
/// <param name="NotFinite">The first weight or moment that is not finite, in words; null where all are.</param>
internal sealed record StateCollected(int Block, UInt128 Digest, string? NotFinite = null);

/// <summary>The store has sealed a checkpoint, or says what went wrong.</summary>
internal sealed record CheckpointSealed(StepId Work, string? Error);

/// <summary>What a stage states of a pass has come.</summary>
/// <param name="Stated">What it states.</param>
/// <param name="IsSigned">Whether it bears the signature of the node that the stage is placed on.</param>
internal sealed record StatementChecked(PassStated Stated, bool IsSigned)
{
    /// <summary>That signature; null where none was looked for.</summary>
    public StatementSignature? Signature { get; init; }
}

/// <summary>The referee has hashed what a stage has shown.</summary>
/// <param name="Work">The identity of the pass.</param>
/// <param name="Shown">Which stage, what, and its claim.</param>
internal sealed record ExhibitHashed(StepId Work, ShownExhibit Shown) : IWorkMessage;

/// <summary>The referee has handed on a tensor over a relayed link.</summary>
/// <param name="Work">The identity of the pass.</param>
/// <param name="Link">The link.</param>
/// <param name="MicroBatch">The micro-batch; null for a tied part.</param>
/// <param name="Given">The claim of what it was given.</param>
internal sealed record TensorRelayed(StepId Work, StageLink Link, int? MicroBatch, Claim Given) : IWorkMessage;

/// <summary>The key of an attempt's audits is drawn.</summary>
/// <param name="Work">The identity of the pass.</param>
/// <param name="Key">The key.</param>
internal sealed record AuditKeyDrawn(StepId Work, ulong Key) : IWorkMessage;

/// <summary>The referee has worked a disputed block itself.</summary>
/// <param name="Work">The identity of the pass.</param>
/// <param name="Dispute">What was in dispute.</param>
/// <param name="Recomputed">The claim of what comes out; null where it cannot be worked.</param>
internal sealed record Heard(StepId Work, Dispute Dispute, Claim? Recomputed) : IWorkMessage;

/// <summary>The referee has built a block itself.</summary>
/// <param name="Work">The step in which it was asked for.</param>
/// <param name="Block">The block.</param>
/// <param name="Digest">The digest of its state; null where what it begins with cannot be read.</param>
internal sealed record BlockBuilt(StepId Work, int Block, UInt128? Digest) : IWorkMessage;

/// <summary>The evidence of convictions is written, or cannot be.</summary>
/// <param name="Work">The step in which they were found.</param>
/// <param name="Error">What went wrong, in one line; null for nothing.</param>
internal sealed record EvidenceWritten(StepId Work, string? Error) : IWorkMessage;

/// <summary>A message could not be handled.</summary>
/// <param name="Error">What was being handled and what went wrong, in one line.</param>
internal sealed record HandlingFailed(string Error);

/// <summary>What the coordinator's timers say.</summary>
internal abstract record CoordinatorTimer
{
    private CoordinatorTimer()
    {
    }

    /// <summary>Time to look for stalls and to repeat what may have been lost.</summary>
    public sealed record Tick : CoordinatorTimer
    {
        public static Tick Instance { get; } = new();
    }

    /// <summary>Time to ask the silent nodes again.</summary>
    public sealed record AskAgain : CoordinatorTimer
    {
        public static AskAgain Instance { get; } = new();
    }

    /// <summary>The state query of this ballot has lasted as long as it may.</summary>
    public sealed record QueryTimeout(Ballot Ballot) : CoordinatorTimer;

    /// <summary>The wait for capacity that began under this ballot has lasted as long as it may.</summary>
    public sealed record CapacityTimeout(Ballot Ballot) : CoordinatorTimer;

    /// <summary>A run that is to end has waited long enough for nodes.</summary>
    public sealed record InterruptTimeout : CoordinatorTimer
    {
        public static InterruptTimeout Instance { get; } = new();
    }
}
