using Akka.Actor;
using PipelineRobustness.Pipeline.Messages;
using PipelineRobustness.Pipeline.Running;
using PipelineRobustness.Pipeline.Server.Phases;

namespace PipelineRobustness.Pipeline.Server;

/// <summary>What is to be done about a wait.</summary>
[Flags]
internal enum StallAction
{
    /// <summary>Nothing.</summary>
    None = 0,

    /// <summary>It is reported.</summary>
    Report = 1,

    /// <summary>Nodes are asked which stages they have: one may have failed, and the message that said so may be lost.</summary>
    AskNodes = 2,

    /// <summary>All stages wait for each other, so a message was lost: the state query begins.</summary>
    Recover = 4,

    /// <summary>The run is ended.</summary>
    GiveUp = 8,
}

/// <summary>Tracks which stages are waiting, and since when; distinguishes a slow run from a stuck one.</summary>
internal sealed class StallDetector(RunRules rules)
{
    // The slowest supported network, for the transfer time of a block.
    private const double SlowestBytesPerSecond = 1 << 20;

    // The last report of each stage, and when the wait was last reported to the observer.
    private readonly Dictionary<int, Wait> _waits = [];
    private readonly Dictionary<int, DateTimeOffset> _reported = [];

    // When the wait was last reported to the coordinator. Never before WaitingSince.
    private DateTimeOffset _reportedAt;

    // When it last looked. It looks twice in each interval: much later means that the process did not run, so that it did not wait either.
    private DateTimeOffset _lookedAt;

    /// <summary>
    /// When the coordinator last heard anything that it waited for, later by the time in which its process was stopped or its machine
    /// suspended.
    /// </summary>
    public DateTimeOffset WaitingSince { get; private set; }

    private RunPlan Plan => rules.Plan;

    /// <summary>An awaited message arrived.</summary>
    public void Heard(DateTimeOffset now)
    {
        WaitingSince = now;
        _reportedAt = now;
    }

    /// <summary>Training resumes with other stages than those that have reported.</summary>
    public void Forget() => _waits.Clear();

    /// <summary>A stage reports a wait. Returns the event to publish, if it has waited long enough since the last one.</summary>
    public WaitReported? Note(StageWaits wait, IActorRef from, bool owes, DateTimeOffset now)
    {
        // A stage's clock may be set, and may be wrong by any number.
        var waited = wait.Waited < TimeSpan.Zero ? TimeSpan.Zero : wait.Waited;
        var since = waited < now - DateTimeOffset.MinValue ? now - waited : DateTimeOffset.MinValue;
        _waits[wait.Stage] = new Wait(since, now, from);
        if (!owes && wait.Work is null) return null;
        var last = _reported.GetValueOrDefault(wait.Stage);
        if (now - (last > since ? last : since) < Plan.Pipeline.WaitReport) return null;
        _reported[wait.Stage] = now;
        return new WaitReported($"stage {wait.Stage}", wait.Work is { } work ? $"{wait.What} ({work})" : wait.What, since);
    }

    /// <summary>What is to be done now about the coordinator's own wait in a phase.</summary>
    public StallAction Look(Phase phase, DateTimeOffset now)
    {
        LeaveOutStops(now);
        var waited = now - WaitingSince;
        if (waited >= Plan.Pipeline.GiveUpAfter) return StallAction.GiveUp;
        var isLong = Plan.RetryAfter > TimeSpan.Zero && waited >= Patience(phase);
        if (isLong && phase.Awaited is { } stages && AllWait(stages, now)) return StallAction.Recover;
        var reports = now - _reportedAt >= Plan.Pipeline.WaitReport;
        if (reports) _reportedAt = now;
        return (isLong ? StallAction.AskNodes : StallAction.None) | (reports ? StallAction.Report : StallAction.None);
    }

    /// <summary>Whether a stage at this address has recently reported a wait, and so is alive.</summary>
    public bool HasReported(int stage, IActorRef actor, DateTimeOffset now) =>
        _waits.TryGetValue(stage, out var wait) && wait.By.Equals(actor) && IsRecent(wait.ReportedAt, now);

    private void LeaveOutStops(DateTimeOffset now)
    {
        var stopped = now - (WaitingSince > _lookedAt ? WaitingSince : _lookedAt) - 2 * Plan.WaitReportInterval;
        _lookedAt = now;
        if (stopped <= TimeSpan.Zero) return;
        WaitingSince += stopped;
        _reportedAt += stopped;
    }

    // Adds a block's transfer time on the slowest supported network.
    private TimeSpan Patience(Phase phase) =>
        Plan.RetryAfter + (phase.MovesState ? TimeSpan.FromSeconds(rules.LargestState / SlowestBytesPerSecond) : TimeSpan.Zero);

    // All reported so recently, and for a while all waited at once, so that no message was under way either.
    // Otherwise a stage may have computed since, which the server of a long pipeline learns late.
    private bool AllWait(IEnumerable<int> stages, DateTimeOffset now)
    {
        var (from, to) = (DateTimeOffset.MinValue, DateTimeOffset.MaxValue);
        foreach (var stage in stages)
        {
            if (!_waits.TryGetValue(stage, out var wait) || wait.ReportedAt <= WaitingSince || !IsRecent(wait.ReportedAt, now)) return false;
            if (wait.Since > from) from = wait.Since;
            if (wait.ReportedAt < to) to = wait.ReportedAt;
        }

        return to - from >= Plan.WaitReportInterval;
    }

    private bool IsRecent(DateTimeOffset reportedAt, DateTimeOffset now) => now - reportedAt < 2 * Plan.WaitReportInterval;

    private readonly record struct Wait(DateTimeOffset Since, DateTimeOffset ReportedAt, IActorRef By);
}
