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
    public static bool Counts(Coordinator coordinator, object message, MessageSource from) => message switch
    {
        // A checkpoint is written during training, so it carries its own step.
        ShardDone shard => !coordinator.Phase.IsAnother(shard.Block, from.Actor),
        StageWaits wait => !coordinator.Phase.IsAnother(wait.Stage, from.Actor),
        IWorkMessage { Work: var work } when !coordinator.Phase.IsOf(work) => false,
        IWorkMessage report => IsFromItsSource(coordinator.Phase, report, from),
        NodeState state => state.Ballot == coordinator.Ballot && coordinator.IsNode(state.Node, from.Actor),
        StageState state => state.Ballot == coordinator.Ballot && from.Actor.Equals(state.Actor) && coordinator.IsOn(state.Node, from),
        StagesAlive alive => alive.Ballot == coordinator.Ballot && coordinator.IsNode(alive.Node, from.Actor),
        StageFailed failed => coordinator.IsNode(failed.Node, from.Actor),
        LaneBroken lane => coordinator.IsNode(lane.From, from.Actor),
        Superseded superseded => superseded.Refused == coordinator.Ballot,
        IDisposable => false,
        _ => true,
    };

    // Tensors may come by a lane, which names no actor, and may have brought them before the placement was known.
    private static bool IsFromItsSource(Phase phase, IWorkMessage report, MessageSource from) => report switch
    {
        ForwardDone m => phase.IsFrom(m.Stage, from),
        Prepared m => phase.IsFrom(m.Stage, from),
        Committed m => phase.IsFrom(m.Stage, from),
        StateConfirmed m => phase.IsFrom(m.Stage, from),
        PassChecked m => from.Actor.Equals(phase.Detector(m.Stage)),
        EvaluationSums => from.Actor.Equals(phase.LastAddress),
        PassStated m => from.Actor.Equals(phase.Detector(m.Statement.Stage)),
        ExhibitsListed m => phase.IsFrom(m.Stage, from),
        TensorSent m => phase is Training training && training.Awaits(m) && phase.IsFrom(m.From, from),
        ExhibitShown m => phase is HoldingHearings hearings && hearings.Asks(m.Stage, m.Key) && phase.IsFrom(m.Stage, from),
        StateShown m => phase.AwaitsState(m.Stage, m.Key, from),
        BlockCollected m => phase is CollectingState && phase.IsFrom(m.Stage, from),
        BlockRestored m => phase.IsFrom(m.Stage, from),
        IDisposable => false,
        _ => true,
    };
}
