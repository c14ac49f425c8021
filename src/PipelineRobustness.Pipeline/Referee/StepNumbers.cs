using System.Collections.Immutable;
using PipelineRobustness.Pipeline.Messages;

namespace PipelineRobustness.Pipeline.Referee;

/// <summary>The numbers of a commit that a step is made by.</summary>
/// <param name="LearningRate">Learning rate of the step.</param>
/// <param name="Coefficients">Clipping coefficient of each block.</param>
/// <param name="Frozen">Blocks that are not updated.</param>
public sealed record StepNumbers(double LearningRate, ImmutableArray<double> Coefficients, ImmutableSortedSet<int> Frozen)
{
    /// <summary>Those of a commit.</summary>
    public static StepNumbers Of(Commit commit)
    {
        ArgumentNullException.ThrowIfNull(commit);
        return new(commit.LearningRate, commit.Coefficients, commit.Frozen);
    }
}
