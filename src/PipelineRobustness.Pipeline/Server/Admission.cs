using Akka.Actor;
using PipelineRobustness.Pipeline.Messages;
using PipelineRobustness.Pipeline.Server.Phases;

namespace PipelineRobustness.Pipeline.Server;

/// <summary>
/// Which messages reach the coordinator: those of the step and the ballot under way, from the actor whose report it is. A
/// message of an earlier step does not count (law 2), and a finding counts only from the detector of its stage.
/// </summary>
internal static class Admission
{
    /// <summary>Whether a message counts.</summary>
    public static bool Counts(Coordinator coordinator, object message, IActorRef from) => message switch
    {
        // A checkpoint is written during training, so it carries its own step.
        ShardDone shard => !coordinator.Phase.IsAnother(shard.Block, from),
        StageWaits wait => !coordinator.Phase.IsAnother(wait.Stage, from),
        IWorkMessage { Work: var work } when !coordinator.Phase.IsOf(work) => false,
        IWorkMessage report => IsFromItsSource(coordinator.Phase, report, from),
        NodeState state => coordinator.Counts(state.Ballot, state.Node),
        StageState state => coordinator.Counts(state.Ballot, state.Node),
        StagesAlive alive => coordinator.Counts(alive.Ballot, alive.Node),
        Superseded superseded => superseded.Refused == coordinator.Ballot,
        IDisposable => false,
        _ => true,
    };

    // Tensors may come by a lane, which names no actor and has checked the node; they are checked against the step, and states against their
    // digest.
    private static bool IsFromItsSource(Phase phase, IWorkMessage report, IActorRef from) => report switch
    {
        ForwardDone m => from.Equals(phase.Address(m.Stage)),
        Prepared m => from.Equals(phase.Address(m.Stage)),
        Committed m => from.Equals(phase.Address(m.Stage)),
        StateAudited m => from.Equals(phase.Address(m.Stage)),
        PassChecked m => from.Equals(phase.Detector(m.Stage)),
        EvaluationSums => from.Equals(phase.LastAddress),
        PassStated m => from.Equals(phase.Detector(m.Statement.Stage)),
        ExhibitsListed m => from.Equals(phase.Address(m.Stage)),
        TensorSent m => phase is Training training && training.Awaits(m) && !phase.IsAnother(m.From, from),
        ExhibitShown m => phase is HoldingHearings hearings && hearings.Asks(m.Stage, m.Key) && !phase.IsAnother(m.Stage, from),
        StateShown m => phase.AwaitsState(m.Stage, m.Key) && !phase.IsAnother(m.Stage, from),
        BlockCollected m => phase is CollectingState && phase.Address(m.Stage) is not null && !phase.IsAnother(m.Stage, from),
        BlockRestored m => !phase.IsAnother(m.Stage, from),
        IDisposable => false,
        _ => true,
    };
}
