namespace PipelineRobustness.Pipeline.Stages;

/// <summary>Stage to itself: take the next step of the pass.</summary>
internal sealed class Step
{
    public static Step Instance { get; } = new();
}

/// <summary>Stage to itself: time to see whether it has waited for long.</summary>
internal sealed class ClockTick
{
    public static ClockTick Instance { get; } = new();
}
