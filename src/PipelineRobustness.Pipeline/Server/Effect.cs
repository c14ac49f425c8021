using System.Collections.Immutable;
using Akka.Actor;
using PipelineRobustness.Pipeline.Messages;
using PipelineRobustness.Pipeline.Ports;
using PipelineRobustness.Pipeline.Referee;
using PipelineRobustness.Pipeline.Running;

namespace PipelineRobustness.Pipeline.Server;

/// <summary>What the actor must do after a step of the coordinator, in the order given.</summary>
internal abstract record Effect
{
    private Effect()
    {
    }

    /// <summary>A message to a node.</summary>
    public sealed record ToNode(IActorRef Node, object Message) : Effect;

    /// <summary>A message to a stage.</summary>
    public sealed record ToStage(IActorRef Stage, object Message) : Effect;

    /// <summary>The same message to several stages.</summary>
    public sealed record ToStages(ImmutableArray<IActorRef> Stages, object Message) : Effect;

    /// <summary>An event for the observer of the run.</summary>
    public sealed record Report(RunEvent Event) : Effect;

    /// <summary>The observer is asked whether it can keep results; answered at once by <see cref="ObserverAnswered"/>.</summary>
    public sealed record AskObserver : Effect
    {
        public static AskObserver Instance { get; } = new();
    }

    /// <summary>From now on stages are on these nodes; some retire on others, by number.</summary>
    public sealed record Expect(Ballot Ballot, ImmutableArray<NodeId> Placement, ImmutableDictionary<int, NodeId> Retiring) : Effect;

    /// <summary>From now on what belongs to an earlier step is stale.</summary>
    public sealed record BeginStep(StepId Work) : Effect;

    /// <summary>A jumping tensor is passed on, and kept until <see cref="ReleaseTensors"/> as evidence.</summary>
    public sealed record Relay(TensorSent Jump, IActorRef Stage) : Effect;

    /// <summary>The key of an attempt's audits is drawn; answered at once by <see cref="AuditKeyDrawn"/>.</summary>
    /// <param name="Work">The identity of the pass.</param>
    /// <param name="Kind">What is audited.</param>
    public sealed record DrawAudits(StepId Work, AuditKind Kind) : Effect;

    /// <summary>The referee works a disputed block from what was shown; answered by <see cref="Heard"/>.</summary>
    /// <param name="Work">The identity of the pass.</param>
    /// <param name="Hearing">What is in dispute, and the claims of what it is to be worked from.</param>
    /// <param name="Commit">The step's numbers, where the step is in dispute.</param>
    public sealed record Hear(StepId Work, Hearing Hearing, Commit? Commit) : Effect, IRefereeOrder;

    /// <summary>The referee hashes a tensor of a relayed link, answers by <see cref="TensorRelayed"/>, and hands it on.</summary>
    public sealed record HandOn(TensorSent Sent, IActorRef Receiver) : Effect, IRefereeOrder, IDisposable
    {
        public void Dispose() => Sent.Dispose();
    }

    /// <summary>The referee sends a state that it was shown to a stage, as a <see cref="BlockTransfer"/>.</summary>
    /// <param name="Work">The step to which the transfer belongs.</param>
    /// <param name="Key">What it was shown as.</param>
    /// <param name="Claim">The claim that it has.</param>
    /// <param name="To">The receiving stage.</param>
    /// <param name="Receiver">Its address.</param>
    public sealed record HandOnState(StepId Work, ExhibitKey Key, Claim Claim, int To, IActorRef Receiver) : Effect, IRefereeOrder;

    /// <summary>The referee builds a block with the state that the run begins with; answered by <see cref="BlockBuilt"/>.</summary>
    /// <param name="Work">The step in which it is asked for.</param>
    /// <param name="Block">The block.</param>
    /// <param name="Origin">What it begins with.</param>
    public sealed record Build(StepId Work, int Block, Origin Origin) : Effect, IRefereeOrder;

    /// <summary>The referee adds what it was shown to the evidence of convictions, and writes it; answered by <see cref="EvidenceWritten"/>.</summary>
    /// <param name="Work">The step in which they were found.</param>
    /// <param name="Drafts">The evidence.</param>
    public sealed record WriteEvidence(StepId Work, ImmutableArray<EvidenceDraft> Drafts) : Effect, IRefereeOrder;

    /// <summary>No hearing is open any more: the referee disposes of what it was shown.</summary>
    public sealed record CloseHearings : Effect, IRefereeOrder
    {
        public static CloseHearings Instance { get; } = new();
    }

    /// <summary>The tensors that were kept, relayed or collected, are disposed of.</summary>
    public sealed record ReleaseTensors : Effect
    {
        public static ReleaseTensors Instance { get; } = new();
    }

    /// <summary>A timer is started, in place of one of the same kind.</summary>
    public sealed record StartTimer(CoordinatorTimer Timer, TimeSpan After, bool Repeats) : Effect;

    /// <summary>The timer of this kind is stopped.</summary>
    public sealed record StopTimer(Type Timer) : Effect;

    /// <summary>
    /// The newest whole checkpoint is looked for; answered at once by <see cref="CheckpointRead"/>. Damaged ones are
    /// reported to the observer.
    /// </summary>
    /// <param name="Version">The version that the run has reached, for the report.</param>
    /// <param name="Unreadable">Checkpoints that turned out not to be readable.</param>
    /// <param name="OnlyFinite">Whether one with a weight or moment that is not finite is of no use.</param>
    public sealed record ReadCheckpoints(long Version, ImmutableHashSet<(long Version, Ballot Ballot)> Unreadable, bool OnlyFinite) : Effect
    {
        /// <summary>Whether a checkpoint is of use.</summary>
        public bool Accepts(CheckpointManifest checkpoint) =>
            !Unreadable.Contains((checkpoint.Version, checkpoint.Ballot)) && (checkpoint.IsFinite || !OnlyFinite);
    }

    /// <summary>All shards are written: the store seals the checkpoint and answers later by <see cref="CheckpointSealed"/>.</summary>
    public sealed record Seal(StepId Work, CheckpointManifest Manifest) : Effect;

    /// <summary>The run is over. The collected states are handed over with its outcome.</summary>
    public sealed record End(RunStatus Status, string? Reason, LossKind? Lost, long Iterations, double? EvaluationLoss) : Effect;
}

/// <summary>An effect that the server's referee carries out: the effect itself is its message.</summary>
internal interface IRefereeOrder;

/// <summary>The effects of one step.</summary>
internal sealed class Outbox
{
    private readonly List<Effect> _effects = [];

    /// <summary>The effects, in order; none is left.</summary>
    public ImmutableArray<Effect> Take()
    {
        ImmutableArray<Effect> effects = [.. _effects];
        _effects.Clear();
        return effects;
    }

    public void Add(Effect effect) => _effects.Add(effect);

    public void ToNode(IActorRef node, object message) => Add(new Effect.ToNode(node, message));

    public void ToStage(IActorRef stage, object message) => Add(new Effect.ToStage(stage, message));

    public void ToStages(ImmutableArray<IActorRef> stages, object message) => Add(new Effect.ToStages(stages, message));

    public void Report(RunEvent occurrence) => Add(new Effect.Report(occurrence));
}
