using PipelineRobustness.Pipeline.Settings;

namespace PipelineRobustness.Experiments.Settings;

/// <summary>What is kept of a run.</summary>
public sealed record OutputSettings
{
    /// <summary>
    /// Which runs' final weights are kept as a Hugging Face folder. all: every run's. parents: only those that a later run
    /// starts with; of the others only the fingerprint is kept.
    /// </summary>
    [Setting]
    public KeptModels KeepModels { get; init; } = KeptModels.All;

    /// <summary>
    /// How long the checkpoints that <c>--resume</c> needs are kept. until-done: they are deleted once the run is done, as are
    /// those of runs whose settings have changed. keep: they stay.
    /// </summary>
    [Setting]
    public KeptCheckpoints Checkpoints { get; init; } = KeptCheckpoints.UntilDone;
}

/// <summary>Which final weights are kept.</summary>
public enum KeptModels
{
    /// <summary>Every run's.</summary>
    All,

    /// <summary>Only those that a later run starts with.</summary>
    Parents,
}

/// <summary>How long checkpoints are kept.</summary>
public enum KeptCheckpoints
{
    /// <summary>Until the run is done.</summary>
    UntilDone,

    /// <summary>For good.</summary>
    Keep,
}
