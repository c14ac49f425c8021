using System.Collections.Immutable;
using PipelineRobustness.Pipeline.Messages;
using PipelineRobustness.Pipeline.Ports;

namespace PipelineRobustness.Pipeline.Server;

/// <summary>What follows from the reports of a state query.</summary>
internal abstract record RecoveryDecision
{
    private RecoveryDecision()
    {
    }

    /// <summary>Some stages have stepped by a commit that others have only prepared: these get the same commit. Forward, never back.</summary>
    /// <param name="Commit">The commit.</param>
    /// <param name="Behind">The stages that are to step by it.</param>
    public sealed record RollForward(Commit Commit, ImmutableArray<StageState> Behind) : RecoveryDecision;

    /// <summary>A block has no holder, so a checkpoint is needed; which ones there are has yet to be read.</summary>
    /// <param name="Lost">What was lost; null where there was nothing to lose.</param>
    /// <param name="Differing">Blocks whose holders have different states: which of them is right cannot be known later either.</param>
    public sealed record ReadCheckpoints(string? Lost, ImmutableSortedSet<int> Differing) : RecoveryDecision;

    /// <summary>Every stage gets its place and its state.</summary>
    public abstract record Rebuild : RecoveryDecision
    {
        private protected Rebuild()
        {
        }

        /// <summary>The version to resume from, and what is known of it.</summary>
        public required CommittedState Committed { get; init; }

        /// <summary>What stages begin with.</summary>
        public required Origin Origin { get; init; }

        /// <summary>What was lost for good; null for nothing.</summary>
        public string? Lost { get; init; }

        /// <summary>Stages that hold nothing that counts.</summary>
        public required ImmutableArray<StageState> Dropped { get; init; }
    }

    /// <summary>Every block has a holder: what a stage lacks is sent by one.</summary>
    /// <param name="Sources">The holder of each block whose state counts.</param>
    /// <param name="Places">Where stages are to be.</param>
    /// <param name="Transfers">What is sent.</param>
    public sealed record Restore(ImmutableArray<StageState> Sources, PlacementPlan Places, ImmutableArray<Transfer> Transfers) : Rebuild;

    /// <summary>All stages are built again, from the checkpoint or, where that is null, from version 0.</summary>
    /// <param name="Manifest">The checkpoint.</param>
    /// <param name="Places">Where stages are to be.</param>
    public sealed record FallBack(CheckpointManifest? Manifest, PlacementPlan Places) : Rebuild;

    /// <summary>The nodes do not have room for all stages.</summary>
    public sealed record AwaitCapacity : Rebuild;
}

/// <summary>What a stage that is started begins with.</summary>
/// <param name="Kind">Version 0, a checkpoint, or nothing until a holder sends its state.</param>
/// <param name="Manifest">The checkpoint.</param>
internal sealed record Origin(BlockOrigin Kind, CheckpointManifest? Manifest = null);

/// <summary>Where stages are to be.</summary>
/// <param name="Placement">The node of each stage.</param>
/// <param name="Kept">Stages that are in their place.</param>
/// <param name="Retiring">Stages elsewhere, which may be sources until those in their place are restored.</param>
internal sealed record PlacementPlan(ImmutableArray<NodeId> Placement, ImmutableArray<StageState> Kept, ImmutableArray<StageState> Retiring);

/// <summary>A block's state is sent to a stage.</summary>
internal readonly record struct Transfer(int Block, int To);
