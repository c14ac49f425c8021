using PipelineRobustness.Pipeline.Settings;

namespace PipelineRobustness.Pipeline.Running;

/// <summary>
/// When a run is saved: weights, moments and step counts, three times the size of the model on disk. An interrupted run, or
/// one that lost more nodes than its copies make up for, resumes from the newest checkpoint and ends with the same bits.
/// </summary>
public sealed record CheckpointSettings
{
    /// <summary>Iterations between two checkpoints. 0: only when the run is interrupted.</summary>
    [Setting(0, 1_000_000_000)]
    public long Every { get; init; } = 50;

    /// <summary>
    /// A checkpoint is written earlier once this much training time has passed since the last one, so that a failure of a
    /// large model costs seconds and not fifty iterations (duration; 0s: never earlier).
    /// </summary>
    [Setting(AllowsZero = true)]
    public TimeSpan Within { get; init; } = TimeSpan.FromSeconds(20);

    /// <summary>How many checkpoints of a run to keep, the newest. A damaged one is detected and the one before it used.</summary>
    [Setting(1, 1_000)]
    public int Keep { get; init; } = 3;
}
