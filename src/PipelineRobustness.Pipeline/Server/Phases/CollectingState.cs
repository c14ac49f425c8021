using System.Collections.Immutable;
using PipelineRobustness.Pipeline.Messages;
using PipelineRobustness.Pipeline.Running;

namespace PipelineRobustness.Pipeline.Server.Phases;

/// <summary>How a run is about to end.</summary>
internal sealed record Ending(RunStatus Status, string? Reason = null, LossKind? Lost = null)
{
    public static Ending Done { get; } = new(RunStatus.Done);
}

/// <summary>An interrupted run leaves a checkpoint of its last version.</summary>
internal sealed class Storing(PlacedStages placed, StepId work, Ending ending, Progress progress, CheckpointCadence checkpoints) : PlacedPhase(placed, work)
{
    public Ending Ending => ending;

    public override string WaitingFor => $"the checkpoint of version {progress.Version} to be written";

    // Writing to disk has no time limit.
    public override IEnumerable<int>? Awaited => null;

    public override Transition? Begin(Outbox outbox)
    {
        checkpoints.StoreLast(progress, Placed, outbox);
        return null;
    }

    public override void AskAgainSlowly(Outbox outbox) => checkpoints.AskForShards(Placed, outbox);
}

/// <summary>The run is about to end: every stage shows the state of its block.</summary>
internal sealed class CollectingState(PlacedStages placed, StepId work, ImmutableArray<UInt128> digests, Ending ending) : PlacedPhase(placed, work)
{
    private readonly SortedDictionary<int, UInt128> _collected = [];

    public Ending Ending => ending;

    public override string WaitingFor => "the final state of " + Placed.Except(_collected);

    public override bool MovesState => true;

    public override Transition? Begin(Outbox outbox)
    {
        outbox.ToStages(Placed.Stages, new CollectBlock(Step));
        return null;
    }

    // A state that changed since the last commit is not a result. If another holder still has it, the end of the run is repeated.
    public override Transition? Take(Input input, Outbox outbox)
    {
        if (input.Message is not StateCollected state) return null;
        _collected[state.Block] = state.Digest;
        if (_collected.Count < Rules.Plan.Stages) return Transition.Stay.Instance;
        var changed = ending.Status == RunStatus.Failed ? []
            : _collected.Where(block => block.Value != digests[block.Key]).Select(block => block.Key).ToImmutableSortedSet();
        return changed.IsEmpty ? new Transition.Collected(this) : new Transition.Recover(Wording.Changed(changed), "state");
    }
}
