using PipelineRobustness.Pipeline.Schedules;
using PipelineRobustness.Pipeline.Settings;

namespace PipelineRobustness.Pipeline.Running;

/// <summary>How the model is spread over stages, and how long they wait for each other.</summary>
public sealed record PipelineSettings
{
    /// <summary>
    /// Number of stages that share the layers, at most the number of layers; copies need at least 3.
    /// </summary>
    [Setting(1, 1_000)]
    public int Stages { get; init; } = 4;

    /// <summary>The order of work; no setting while there is one schedule.</summary>
    public ISchedule Schedule { get; init; } = GPipe.Instance;

    /// <summary>
    /// Threads that a stage may use inside one tensor operation. Changes the results in the last bits: 1 and 2 threads sum in
    /// different orders.
    /// </summary>
    [Setting(1, 256)]
    public int IntraOpThreads { get; init; } = 1;

    /// <summary>
    /// After waiting this long, a stage or the server reports what it is waiting for, from which stage, and since when (duration).
    /// </summary>
    [Setting]
    public TimeSpan WaitReport { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>A run in which no message at all has arrived for this long is ended and marked failed (duration).</summary>
    [Setting]
    public TimeSpan GiveUpAfter { get; init; } = TimeSpan.FromMinutes(30);

    /// <summary>
    /// Preferred node of each stage when several processes share a run: names in stage order, separated by spaces, such as
    /// "node-1 node-2 node-1". Where that node is missing or full, another one is used. Empty: stages are balanced by the
    /// memory, cores and devices that nodes report.
    /// </summary>
    [Setting<NodeNamesOrNone>]
    public IReadOnlyList<string> Placement { get; init; } = [];
}
