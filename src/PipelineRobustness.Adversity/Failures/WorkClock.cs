using PipelineRobustness.Adversity.Network;
using PipelineRobustness.Pipeline.Ports;

namespace PipelineRobustness.Adversity.Failures;

/// <summary>How long the stages of a simulation work, and when their machines are free for the next piece of work.</summary>
/// <param name="machines">The machines, whose time is spent.</param>
/// <param name="cost">How long work takes; null for no time at all.</param>
/// <param name="meter">Adds up what stages compute; null for no meter.</param>
/// <param name="sharesMachines">Whether stages of one machine compute one after the other.</param>
internal sealed class WorkClock(IMachines machines, ComputeCost? cost, WorkMeter? meter, bool sharesMachines)
{
    private readonly List<(int Stage, double Factor, TimeSpan Until)> _slow = [];

    // A machine does nothing before this time: it is paused.
    private readonly Dictionary<string, TimeSpan> _pausedUntil = [];

    // A machine computes for another of its stages before this time.
    private readonly Dictionary<string, TimeSpan> _busyUntil = [];

    // How much later than now the stage at work begins; reset when a stage gets its turn.
    private TimeSpan _delay;

    private TimeSpan Now => machines.Now;

    /// <summary>A stage gets its turn.</summary>
    public void BeginTurn() => _delay = TimeSpan.Zero;

    /// <summary>The stage at work does nothing before a time.</summary>
    public void HoldUntil(TimeSpan time)
    {
        var longer = time - Now - _delay;
        if (longer <= TimeSpan.Zero) return;
        _delay += longer;
        machines.Spend(longer);
    }

    /// <summary>A stage takes a multiple of its time until a time. Of several the largest counts.</summary>
    public void Slow(int stage, double factor, TimeSpan until) => _slow.Add((stage, factor, until));

    /// <summary>Whether a machine is paused.</summary>
    public bool IsPaused(string machine) => Now < _pausedUntil.GetValueOrDefault(machine);

    /// <summary>A machine stands still for a time, and what its stages are computing is done later by as much.</summary>
    /// <returns>Until when it does.</returns>
    public TimeSpan Pause(string machine, TimeSpan lasts)
    {
        var before = _pausedUntil.GetValueOrDefault(machine);
        var until = _pausedUntil[machine] = Later(before, Now + lasts);
        var longer = until - Later(before, Now);
        machines.Delay(machine, longer);
        if (_busyUntil.TryGetValue(machine, out var busy) && busy > Now) _busyUntil[machine] = busy + longer;
        return until;
    }

    /// <summary>The stage at work computes: its time passes.</summary>
    public void Work(WorkContext context)
    {
        var node = AwaitMachine();
        if (cost is null || context.Block is not { } block) return;
        var takes = cost.Of(block, context.Direction);
        if (_slow.Count > 0) takes *= Slowness(context.Stage);
        // A stage whose machine was lost or given up does work that counts for nothing.
        if (meter is not null && node is not null && machines.NodeOf(context.Stage) == node) meter.Add(context, Now + _delay, takes);
        Spend(node, takes);
    }

    /// <summary>The referee works a piece of a disputed block: it takes what that takes a stage, and counts as no stage's.</summary>
    public void Hear(HearingContext context)
    {
        var node = AwaitMachine();
        if (cost is not null) Spend(node, cost.Of(context.Block, context.Direction));
    }

    /// <summary>What a machine's stages are computing ends here.</summary>
    public void Stop(string node) => meter?.Stop(Now, stage => machines.NodeOf(stage) == node);

    /// <summary>The later of two times.</summary>
    public static TimeSpan Later(TimeSpan one, TimeSpan other) => one > other ? one : other;

    // The machine of what is at work, where that matters; it may have to wait for it.
    private string? AwaitMachine()
    {
        var node = sharesMachines || meter is not null || _pausedUntil.Count > 0 ? machines.Here : null;
        if (node is not null) HoldUntil(Later(_pausedUntil.GetValueOrDefault(node), _busyUntil.GetValueOrDefault(node)));
        return node;
    }

    private void Spend(string? node, TimeSpan takes)
    {
        if (sharesMachines && node is not null) _busyUntil[node] = Now + _delay + takes;
        machines.Spend(takes);
    }

    private double Slowness(int stage) => _slow.Where(s => s.Stage == stage && Now < s.Until).Select(s => s.Factor).DefaultIfEmpty(1).Max();
}
