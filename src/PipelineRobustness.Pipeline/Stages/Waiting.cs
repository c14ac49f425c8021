using PipelineRobustness.Pipeline.Messages;

namespace PipelineRobustness.Pipeline.Stages;

/// <summary>Since when a stage has done nothing, and when it next reports so: also when it is idle, since the message that it waits for may be lost.</summary>
internal sealed class Waiting(int stage, TimeProvider clock, TimeSpan interval)
{
    private DateTimeOffset _since = clock.GetUtcNow();

    // Never before _since.
    private DateTimeOffset _reportedAt = clock.GetUtcNow();

    /// <summary>The stage has done something.</summary>
    public void Begin() => _since = _reportedAt = clock.GetUtcNow();

    /// <summary>The report that is due now, if any, and the time until the next look.</summary>
    /// <param name="pass">The pass that the stage works, if any.</param>
    /// <param name="work">The step of that pass.</param>
    public (StageWaits? Report, TimeSpan Next) Look(IStagePass? pass, StepId? work)
    {
        var now = clock.GetUtcNow();
        var left = _reportedAt + interval - now;
        if (left > TimeSpan.Zero) return (null, left);
        _reportedAt = now;
        var report = pass is null or { Finished: true } ? new StageWaits(stage, StageWaits.NextWord, null, now - _since)
            : pass.Missing is { } what ? new StageWaits(stage, what, work, now - _since)
            : null;
        return (report, interval);
    }
}
