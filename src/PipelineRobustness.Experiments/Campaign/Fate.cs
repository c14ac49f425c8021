using System.Collections.Immutable;
using PipelineRobustness.Pipeline.Messages;
using PipelineRobustness.Pipeline.Running;
using PipelineRobustness.Pipeline.Verification;

namespace PipelineRobustness.Experiments.Campaign;

/// <summary>What befell a run until its end, as the world around its server has it.</summary>
internal sealed record Fate
{
    /// <summary>The run.</summary>
    public required RunPlan Plan { get; init; }

    /// <summary>Stages that each machine has room for.</summary>
    public required int Room { get; init; }

    /// <summary>Machines that came and went, in the order of time.</summary>
    public required IReadOnlyList<Coming> Comings { get; init; }

    /// <summary>On which machines stages were, and since when; the last is how they were last.</summary>
    public IReadOnlyList<(TimeSpan At, ImmutableArray<NodeId> Placement)> Placed { get; init; } = [];

    /// <summary>Stages that were lost while their machines stood.</summary>
    public IReadOnlyList<(TimeSpan At, int Stage)> LostStages { get; init; } = [];

    /// <summary>The newest version of which a checkpoint is whole; null where there is none.</summary>
    public long? Checkpoint { get; init; }

    /// <summary>Whether version 0 can be made no more.</summary>
    public bool FirstWeightsAreGone { get; init; }

    /// <summary>When the run ended.</summary>
    public required TimeSpan End { get; init; }

    /// <summary>Why, as it said itself.</summary>
    public required string Reason { get; init; }

    /// <summary>Whether a machine worked a stage at a time; before stages are placed for the first time all that are there hold that up.</summary>
    public bool Works(string machine, TimeSpan at) =>
        Placed.LastOrDefault(placed => placed.At <= at).Placement is not { IsDefault: false } placement || placement.Any(node => node.Name == machine);

    /// <summary>Who holds a block: the stage that it is of, and who has a copy.</summary>
    public static IEnumerable<int> Holders(RunPlan plan, int block)
    {
        yield return block;
        var next = (block + 1) % plan.Stages;
        if (plan.Copies == CopyPlacement.Ring || (plan.Copies == CopyPlacement.Middle && block >= 1 && next > block)) yield return next;
    }
}
