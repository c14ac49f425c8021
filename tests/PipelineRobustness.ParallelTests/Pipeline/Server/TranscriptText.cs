using System.Collections.Immutable;
using System.Globalization;
using PipelineRobustness.Pipeline.Messages;
using PipelineRobustness.Pipeline.Referee;
using PipelineRobustness.Pipeline.Running;
using PipelineRobustness.Pipeline.Server;
using PipelineRobustness.Pipeline.Server.Phases;

namespace PipelineRobustness.Tests.Pipeline.Server;

/// <summary>
/// A coordinator's inputs (<c>-></c>), its phases and decisions (<c>=</c>) and its effects (<c>&lt;-</c>), a line each. Timers and
/// what is only for the lanes are left out.
/// </summary>
internal static class TranscriptText
{
    /// <summary>The line; null for what is left out.</summary>
    public static string? Line(object occurrence) => occurrence switch
    {
        Phase phase => PhaseLine(phase),
        Effect effect => EffectLine(effect),
        ObserverAnswered { Stops: false } => null,
        _ => $"-> {Input(occurrence)}",
    };

    private static string? PhaseLine(Phase phase)
    {
        // If nothing is to be restored, the phase ends as soon as it has begun.
        if (phase.WaitingFor.StartsWith("0 of 0 blocks", StringComparison.Ordinal)) return null;
        var decision = phase switch
        {
            RollingForward => " = decision: roll forward\n",
            Placing { Plan: RecoveryDecision.Restore restore } => $" = decision: restore; {Transfers(restore)}\n",
            Placing { Plan: RecoveryDecision.FallBack { Manifest: { } manifest } back } =>
                $" = decision: fall back to the checkpoint of version {manifest.Version}, since {back.Lost}\n",
            Placing { Plan: RecoveryDecision.FallBack back } => $" = decision: begin with version 0{(back.Lost is { } lost ? $", since {lost}" : "")}\n",
            AwaitingCapacity => " = decision: await capacity\n",
            _ => "",
        };
        return $"{decision} = {phase.GetType().Name}: waits for {phase.WaitingFor}";
    }

    private static string Transfers(RecoveryDecision.Restore plan) => plan.Transfers.IsEmpty ? "nothing is missing"
        : string.Join(", ", plan.Transfers.Select(t => $"block {t.Block} to stage {t.To} from stage {plan.Sources[t.Block].Stage}"));

    private static string? EffectLine(Effect effect) => effect switch
    {
        Effect.ToNode e => $" <- {e.Node}: {Order(e.Message)}",
        Effect.ToStage e => $" <- {e.Stage}: {Order(e.Message)}",
        Effect.ToStages e => $" <- {(e.Stages.Length < 3 ? string.Join(", ", e.Stages) : "all stages")}: {Order(e.Message)}",
        Effect.Report e => $" <- observer: {Event(e.Event)}",
        Effect.ReadCheckpoints => " <- store: which is the newest whole checkpoint?",
        Effect.Hear e => $" <- referee: work {Text(e.Hearing.Dispute)}",
        Effect.HandOnState e => $" <- referee: hand the state of block {e.Key.Block} on to stage {e.To}",
        Effect.Seal e => $" <- store: seal the checkpoint of version {e.Manifest.Version}",
        Effect.End { Lost: { } lost } e => $" <- end: {e.Status}, {e.Iterations} iterations, {e.Reason} (lost: {lost})",
        Effect.End e => $" <- end: {e.Status}, {e.Iterations} iterations{(e.Reason is { } reason ? $", {reason}" : "")}",
        _ => null,
    };

    private static string Input(object message) => message switch
    {
        NodesHere m => $"NodesHere {string.Join(", ", m.Nodes.Select(node => node.Node))}",
        NodeUp m => $"NodeUp {m.Node}",
        NodeLost m => $"NodeLost {m.Node}: {m.Reason}",
        NodeLeaving m => $"NodeLeaving {m.Node}",
        NodeState m => $"NodeState {m.Node}: {(m.Stages.IsEmpty ? "no stages" : string.Join(", ", m.Stages))}",
        StageState m => $"StageState {m.Actor}: version {m.Version}, own {Digest(m.Own)}, copy {Digest(m.Copy)}"
            + $"{(m.Prepared is { } work ? $", prepared {work}" : "")}",
        StageFailed m => $"StageFailed stage {m.Stage} on {m.Node}: {m.Reason}",
        StagesAlive m => $"StagesAlive {m.Node}: {string.Join(", ", m.Stages)}",
        StageWaits m => $"StageWaits stage {m.Stage} for {m.What}",
        Superseded m => $"Superseded ballot {m.Refused.Counter} of {m.Refused.Node} by ballot {m.Promised.Counter} of {m.Promised.Node}",
        ForwardDone m => $"ForwardDone stage {m.Stage}",
        Prepared m => $"Prepared stage {m.Stage}",
        PassChecked m => $"PassChecked stage {m.Stage}, {m.Direction}: "
            + $"{(m.Verdicts.IsEmpty ? "no findings" : string.Join(", ", m.Verdicts.Select(v => $"stage {v.Suspect} is suspect")))}",
        Committed m => $"Committed stage {m.Stage}: own {Digest(m.Own)}, copy {Digest(m.Copy)}",
        StateConfirmed m => $"StateConfirmed stage {m.Stage}: own {Digest(m.Own)}, copy {Digest(m.Copy)}",
        BlockRestored m => $"BlockRestored block {m.Block} on stage {m.Stage}: {Digest(m.Digest)}",
        EvaluationSums m => $"EvaluationSums of {m.Targets} targets",
        StateCollected m => $"StateCollected block {m.Block}: {Digest(m.Digest)}",
        StatementChecked m => $"PassStated stage {m.Stated.Statement.Stage}, {(m.IsSigned ? "signed" : "not signed")}",
        TensorRelayed m => $"TensorRelayed {m.Link}{(m.MicroBatch is { } microBatch ? $", micro-batch {microBatch}" : "")}",
        ExhibitsListed m => $"ExhibitsListed stage {m.Stage}: {Keys(m.Shown)}",
        ExhibitHashed m => $"ExhibitHashed stage {m.Shown.Stage}: {Key(m.Shown.Key)}",
        Heard m => $"Heard {Text(m.Dispute)}",
        ShardDone m => $"ShardDone block {m.Block}",
        CheckpointSealed m => $"CheckpointSealed version {m.Work.Iteration}",
        CheckpointRead m => $"CheckpointRead {(m.Newest is { } newest ? $"version {newest.Version}" : "none")}",
        _ => message.GetType().Name,
    };

    private static string Order(object message) => message switch
    {
        StateQuery m => $"StateQuery ballot {m.Ballot.Counter}",
        PlaceStage m => $"PlaceStage stage {m.Stage} from {Origin(m)}",
        DropStage m => $"DropStage {m.Actor}",
        StagesQuery m => $"StagesQuery ballot {m.Ballot.Counter}",
        StageAddresses m => $"StageAddresses, now on {string.Join(", ", m.Placement)}",
        BeginPass m => $"BeginPass {m.Work}{(m.Work.Retry > 1 ? $", retry {m.Work.Retry}" : "")}{Without(m.Skipped)}",
        Commit m => $"Commit iteration {m.Work.Iteration}, ballot {m.Ballot.Counter}",
        SendBlock m => $"SendBlock {m.Block} to stage {m.To}{(m.Receiver.Equals(ServerRig.Address(ServerRig.Here.Name)) ? " by way of the server" : "")}",
        ShowExhibits m => $"ShowExhibits {Keys(m.Exhibits)}",
        _ => message.GetType().Name,
    };

    private static string Without(ImmutableSortedSet<int> skipped) => skipped.IsEmpty ? "" : $", without stages {string.Join(", ", skipped)}";

    private static string Event(RunEvent occurrence) => occurrence switch
    {
        RunStarted => "the run has started",
        IterationCommitted e => $"iteration {e.Iteration} is committed, {e.Attempts} attempt{(e.Attempts == 1 ? "" : "s")}, {e.Verdicts.Length} verdicts",
        RulingMade { Ruling: { Convicted: { } convicted } r } =>
            $"iteration {r.Iteration}, attempt {r.Attempt}: stage {convicted.Stage}, seat {convicted.Seat}, on {convicted.Node} is convicted ({r.Act})",
        RulingMade { Ruling: { Relayed: { } link } r } => $"iteration {r.Iteration}, attempt {r.Attempt}: {link} is relayed",
        IterationAbandoned e => $"iteration {e.Iteration} is abandoned",
        RecoveryBegan e => $"recovery begins at version {e.Version}: {e.Reason}",
        RecoveryEnded e => $"recovered at version {e.Version}: {e.How}",
        CheckpointWritten e => $"checkpoint of version {e.Version} {e.Error ?? "is whole"}",
        Evaluated e => $"loss {e.Loss.ToString("0.0", CultureInfo.InvariantCulture)} at version {e.Iteration}",
        NodeLeftOut e => $"{e.Node} is left out",
        WaitReported e => $"{e.Who} waits for {e.What}",
        _ => occurrence.GetType().Name,
    };

    private static string Text(Dispute dispute) =>
        $"{dispute.Value} of block {dispute.Block}{(dispute.MicroBatch is { } microBatch ? $", micro-batch {microBatch}" : "")}";

    private static string Keys(ImmutableArray<ExhibitKey> keys) => keys.IsEmpty ? "nothing" : string.Join(", ", keys.Select(Key));

    private static string Key(ExhibitKey key) => key.Kind is ExhibitKind.Input or ExhibitKind.Gradient
        ? $"{key.Kind} {key.MicroBatch} of block {key.Block}" : $"{key.Kind} of block {key.Block}";

    private static string Digest(UInt128? digest) => digest is { } known ? $"{known}" : "none";

    private static string Origin(PlaceStage message) => message.Origin switch
    {
        BlockOrigin.Initial => "version 0",
        BlockOrigin.Checkpoint => $"the checkpoint of version {message.Version}",
        _ => "another holder",
    };
}
