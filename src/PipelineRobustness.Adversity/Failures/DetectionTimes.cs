using PipelineRobustness.Pipeline.Settings;

namespace PipelineRobustness.Adversity.Failures;

/// <summary>
/// How long it takes the others to detect a failure, in virtual time. The defaults were measured on a real cluster
/// (docs/recovery.md).
/// </summary>
public sealed record DetectionTimes
{
    /// <summary>A process that is killed.</summary>
    [Setting]
    public TimeSpan Death { get; init; } = TimeSpan.FromSeconds(0.1);

    /// <summary>A host that falls silent: after this long it is given up, and if it was the server's, another one takes over.</summary>
    [Setting]
    public TimeSpan Silence { get; init; } = TimeSpan.FromSeconds(6);

    /// <summary>A server that is killed, until another one starts.</summary>
    [Setting]
    public TimeSpan TakeOver { get; init; } = TimeSpan.FromSeconds(0.9);
}
