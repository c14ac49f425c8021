using System.Collections.Immutable;
using PipelineRobustness.Pipeline.Messages;
using PipelineRobustness.Pipeline.Running;

namespace PipelineRobustness.Pipeline.Server.Phases;

/// <summary>How a run is about to end.</summary>
internal sealed record Ending(RunStatus Status, string? Reason = null, LossKind? Lost = null)
{
    public static Ending Done { get; } = new(RunStatus.Done);

    /// <summary>Whether the run ends because numbers were not finite: its weights are the last finite ones, those of the last commit.</summary>
    public bool MustBeFinite { get; init; }
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
    private readonly SortedDictionary<int, StateCollected> _collected = [];

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
        _collected[state.Block] = state;
        if (_collected.Count < Rules.Plan.Stages) return Transition.Stay.Instance;
        var changed = ending is { Status: RunStatus.Failed, MustBeFinite: false } ? []
            : _collected.Where(block => block.Value.Digest != digests[block.Key]).Select(block => block.Key).ToImmutableSortedSet();
        if (!changed.IsEmpty && Rules.IsRefereed) return Misgiven(changed, block => _collected[block].Digest, digests);
        if (!changed.IsEmpty) return new Transition.Recover(Wording.Changed(changed), "state");
        return Step.Iteration > 0 && MustBeFinite && NotFinite is { } reason
            ? new Transition.Recover(reason, "not finite") { Doubted = [.. Rules.AllStages] } : new Transition.Collected(this);
    }

    private bool MustBeFinite => ending.MustBeFinite || (ending.Status != RunStatus.Failed && Rules.Plan.StopsWhenNotFinite);

    // A server that has taken over has not seen the step after which they were not. The weights of version 0 are as they are.
    private string? NotFinite => _collected.Values.FirstOrDefault(block => block.NotFinite is not null) is { } found
        ? $"after iteration {Step.Iteration} {found.NotFinite} of block {found.Block} is not finite" : null;
}
