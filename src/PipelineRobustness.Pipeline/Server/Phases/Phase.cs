using System.Collections.Immutable;
using Akka.Actor;
using PipelineRobustness.Pipeline.Messages;
using PipelineRobustness.Pipeline.Ports;
using PipelineRobustness.Pipeline.Referee;
using PipelineRobustness.Pipeline.Running;

namespace PipelineRobustness.Pipeline.Server.Phases;

/// <summary>
/// What the coordinator is doing. A phase is created with its data and answers each input with what follows from it;
/// its data ends with it.
/// </summary>
internal abstract class Phase
{
    /// <summary>What is waited for, in words.</summary>
    public abstract string WaitingFor { get; }

    /// <summary>What the run has lost if this phase never ends; null if nothing is known to be lost.</summary>
    public virtual LossKind? Lacks => null;

    /// <summary>The step whose messages count.</summary>
    public virtual StepId? Work => null;

    /// <summary>Whether the messages of a step count.</summary>
    public virtual bool IsOf(StepId work) => work == Work;

    /// <summary>Whether every stage has its place and its state: a node that holds nothing may then join or leave without effect.</summary>
    public virtual bool IsRestored => false;

    /// <summary>Whether blocks are sent, which may take long.</summary>
    public virtual bool MovesState => false;

    /// <summary>Stages that must all wait before the phase counts as stuck; null if the phase resends its own requests.</summary>
    public virtual IEnumerable<int>? Awaited => null;

    /// <summary>What was reported in the recovery under way; null outside of one.</summary>
    public virtual StateReports? Reports => null;

    /// <summary>The address from which a stage's messages count.</summary>
    public virtual IActorRef? Address(int stage) => null;

    /// <summary>The address of the last stage.</summary>
    public virtual IActorRef? LastAddress => null;

    /// <summary>The address from which the findings of a stage's detector count.</summary>
    public virtual IActorRef? Detector(int stage) => null;

    /// <summary>Whether a stage owes something in the pass under way.</summary>
    public virtual bool Owes(int stage) => false;

    /// <summary>Whether a message is from a stage: from its actor, or by lane from its node.</summary>
    public virtual bool IsFrom(int stage, MessageSource source) => source.Lane is null && source.Actor.Equals(Address(stage));

    /// <summary>Whether a stage was asked to show a state to the referee, and a message is from it.</summary>
    public virtual bool AwaitsState(int stage, ExhibitKey key, MessageSource source) => false;

    /// <summary>Gives the orders with which it begins.</summary>
    /// <returns>What follows where there is nothing to wait for; else null.</returns>
    public virtual Transition? Begin(Outbox outbox) => null;

    /// <summary>Takes an input.</summary>
    /// <returns>What follows; null where it is not for this phase.</returns>
    public virtual Transition? Take(Input input, Outbox outbox) => null;

    /// <summary>A node is lost.</summary>
    /// <returns>What follows; null for nothing.</returns>
    public virtual Transition? Lose(NodeLost lost, Outbox outbox) => null;

    /// <summary>Whether a stage counts; a reporting stage that does not count is dropped.</summary>
    public virtual bool Counts(IActorRef stage) => Reports?.Has(stage) == true;

    /// <summary>Whether it is another stage that speaks in the place of this one.</summary>
    public virtual bool IsAnother(int stage, IActorRef from) => Counts(from) && !from.Equals(Address(stage));

    /// <summary>Resends overdue requests, once per second.</summary>
    /// <returns>Whether to keep resending.</returns>
    public virtual bool AskAgain(Outbox outbox) => false;

    /// <summary>Resends requests to stages that may be busy for a long time.</summary>
    public virtual void AskAgainSlowly(Outbox outbox)
    {
    }
}

/// <summary>The placed stages of a run, under one ballot.</summary>
/// <param name="Rules">The run.</param>
/// <param name="Ballot">The ballot.</param>
/// <param name="Nodes">Where they are.</param>
/// <param name="Stages">Their addresses.</param>
/// <param name="Detectors">The addresses of their detectors.</param>
internal sealed record PlacedStages(
    RunRules Rules, Ballot Ballot, ImmutableArray<NodeId> Nodes, ImmutableArray<IActorRef> Stages, ImmutableArray<IActorRef> Detectors)
{
    /// <summary>The stages that have not answered, in words.</summary>
    public string Except<T>(IReadOnlyDictionary<int, T> answered) => Wording.Stages([.. Rules.AllStages.Where(stage => !answered.ContainsKey(stage))]);
}

/// <summary>A phase in which every stage is in its place.</summary>
internal abstract class PlacedPhase(PlacedStages placed, StepId work) : Phase
{
    public override StepId? Work => Step;

    public override bool IsRestored => true;

    public override IEnumerable<int>? Awaited => Rules.AllStages;

    /// <summary>The step under way, or the last one.</summary>
    public StepId Step => work;

    public PlacedStages Placed => placed;

    protected RunRules Rules => placed.Rules;

    // A message from outside may name any stage.
    public override IActorRef? Address(int stage) => placed.Stages.ElementAtOrDefault(stage);

    public override bool IsFrom(int stage, MessageSource source) =>
        stage >= 0 && stage < placed.Stages.Length && source.Is(placed.Stages[stage], placed.Nodes[stage]);

    public override IActorRef? LastAddress => placed.Stages[^1];

    public override bool Counts(IActorRef stage) => placed.Stages.Contains(stage);

    /// <summary>The owners of blocks gave, or reported, another state than that of the last commit.</summary>
    /// <param name="blocks">The blocks.</param>
    /// <param name="found">The digest of what was found.</param>
    /// <param name="digests">The digest of each block's state at the last commit.</param>
    protected Transition.Misgiven Misgiven(IEnumerable<int> blocks, Func<int, UInt128> found, ImmutableArray<UInt128> digests) => new(
        this, [.. blocks.Select(block => new Finding.Convicts(block, Act.Transfer, null, new Grounds.OtherState(block, digests[block], found(block))))]);

    public override IActorRef? Detector(int stage) => placed.Detectors.ElementAtOrDefault(stage);
}
