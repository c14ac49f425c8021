using System.Collections.Immutable;
using PipelineRobustness.Pipeline.Messages;
using PipelineRobustness.Pipeline.Running;
using PipelineRobustness.Pipeline.Verification;

namespace PipelineRobustness.Experiments.Campaign;

/// <summary>What happened to a simulated run until its end, according to the simulation rather than to the run's server.</summary>
internal sealed record GroundTruth
{
    /// <summary>The run.</summary>
    public required RunPlan Plan { get; init; }

    /// <summary>Stages that each machine has room for.</summary>
    public required int Room { get; init; }

    /// <summary>Machines that joined, and that left or were quarantined, in the order of time.</summary>
    public required IReadOnlyList<MembershipChange> MembershipChanges { get; init; }

    /// <summary>Machines that were quarantined, and when.</summary>
    public IReadOnlyList<(TimeSpan At, string Machine)> Quarantined { get; init; } = [];

    /// <summary>Machines that were there when the run ended.</summary>
    public IReadOnlyList<string> Present { get; init; } = [];

    /// <summary>Every placement of stages on machines, and since when; the last entry is the last placement.</summary>
    public IReadOnlyList<(TimeSpan At, ImmutableArray<NodeId> Placement)> Placed { get; init; } = [];

    /// <summary>Stages that were lost, or convicted, while their machines kept running.</summary>
    public IReadOnlyList<(TimeSpan At, int Stage)> LostStages { get; init; } = [];

    /// <summary>The newest version with a complete checkpoint; null where there is none.</summary>
    public long? Checkpoint { get; init; }

    /// <summary>Whether version 0 cannot be recreated.</summary>
    public bool FirstWeightsAreGone { get; init; }

    /// <summary>When the run ended.</summary>
    public required TimeSpan End { get; init; }

    /// <summary>What the run declares lost; null where it does not.</summary>
    public LossKind? Lost { get; init; }

    /// <summary>Whether a machine had a stage at a time; before the first placement all machines count as needed.</summary>
    public bool Works(string machine, TimeSpan at) =>
        Placed.LastOrDefault(placed => placed.At <= at).Placement is not { IsDefault: false } placement || placement.Any(node => node.Name == machine);

    /// <summary>The holders of a block: its stage, and the one with a copy.</summary>
    public static IEnumerable<int> Holders(RunPlan plan, int block)
    {
        yield return block;
        var next = (block + 1) % plan.Stages;
        if (plan.Copies == CopyPlacement.Ring || (plan.Copies == CopyPlacement.Middle && block >= 1 && next > block)) yield return next;
    }
}
