using PipelineRobustness.Pipeline.Running;

namespace PipelineRobustness.Experiments.Runs;

/// <summary>What the iterations of a run come to.</summary>
/// <param name="Attempts">Attempts of all iterations, one each at least.</param>
/// <param name="Repeats">Attempts repeated because no honest holder was left.</param>
/// <param name="Disagreements">Attempts repeated because original and copy of a block reported different gradients.</param>
/// <param name="Skipped">Iterations in which a stage took no part, summed over stages.</param>
/// <param name="Frozen">Iterations in which a remedy kept a block from being updated, summed over blocks.</param>
/// <param name="TrainingTime">
/// Time spent on committed iterations, evaluation left out. A server that resumes from a checkpoint also resumes that checkpoint's clock,
/// which may be slightly behind.
/// </param>
public readonly record struct RunTotals(long Attempts, long Repeats, long Disagreements, long Skipped, long Frozen, TimeSpan TrainingTime)
{
    /// <summary>The same with one more iteration.</summary>
    public RunTotals With(IterationCommitted committed)
    {
        ArgumentNullException.ThrowIfNull(committed);
        return new(
            Attempts + committed.Attempts, Repeats + committed.Repeats, Disagreements + committed.Disagreements,
            Skipped + committed.Skipped.Length, Frozen + committed.Frozen.Length,
            committed.Elapsed > TrainingTime ? committed.Elapsed : TrainingTime);
    }

    /// <summary>The same with an iteration that was given up.</summary>
    public RunTotals With(IterationAbandoned abandoned)
    {
        ArgumentNullException.ThrowIfNull(abandoned);
        return this with
        {
            Attempts = Attempts + abandoned.Attempts,
            Repeats = Repeats + abandoned.Repeats,
            Disagreements = Disagreements + abandoned.Disagreements,
        };
    }
}
