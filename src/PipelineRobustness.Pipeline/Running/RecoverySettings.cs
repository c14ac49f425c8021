using PipelineRobustness.Pipeline.Settings;

namespace PipelineRobustness.Pipeline.Running;

/// <summary>Retry limits and time-outs after a failure. The results do not depend on them.</summary>
public sealed record RecoverySettings
{
    /// <summary>
    /// How often the same failure (a stage that throws, a lane that breaks) may repeat without an iteration in between until
    /// the run is marked failed. External failures, such as the death of a node, do not count. 0: the first failure ends the run.
    /// </summary>
    [Setting(0, 1_000_000)]
    public int Retries { get; init; } = 20;

    /// <summary>
    /// Over several processes: when all stages have been waiting for each other this long, a message was lost and the
    /// iteration is retried (duration).
    /// </summary>
    [Setting]
    public TimeSpan RetryAfter { get; init; } = TimeSpan.FromSeconds(60);

    /// <summary>A node that has not answered a state query for this long rejoins as an empty one (duration).</summary>
    [Setting]
    public TimeSpan StateTimeout { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>How long a run without enough room for its stages waits for a node to join (duration).</summary>
    [Setting]
    public TimeSpan RoomTimeout { get; init; } = TimeSpan.FromMinutes(2);
}
