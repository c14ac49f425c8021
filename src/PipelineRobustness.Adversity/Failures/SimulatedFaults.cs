using PipelineRobustness.Adversity.Network;
using PipelineRobustness.Pipeline.Ports;

namespace PipelineRobustness.Adversity.Failures;

/// <summary>
/// What can be done to simulated machines. Where faults overlap, the one that ends later counts. A machine that is silent for
/// too long is given up by the others, and comes back empty under another name.
/// </summary>
public sealed class SimulatedFaults
{
    private readonly IMachines _machines;
    private readonly DetectionTimes _times;
    private readonly WorkClock _work;
    private readonly Dictionary<string, TimeSpan> _cutUntil = [];

    // Since when a machine has been silent, cut off or paused; where it is not, the last such time.
    private readonly Dictionary<string, TimeSpan> _silentSince = [];

    // Machines that were given up and have not been heard of since.
    private readonly HashSet<string> _givenUp = [];

    // The names under which machines came back.
    private readonly Dictionary<string, string> _returnedAs = [];

    // The machines of a trace, by their names there.
    private readonly Dictionary<string, string> _traced = [];

    private TimeSpan _diskFullUntil;

    internal SimulatedFaults(IMachines machines, VirtualNetwork network, DetectionTimes times, WorkClock work, IEnumerable<string> traced)
    {
        (_machines, Network, _times, _work) = (machines, network, times, work);
        foreach (var (name, node) in traced.Zip(machines.Nodes.OrderBy(node => node.Length))) _traced[name] = node;
    }

    /// <summary>The network between the machines.</summary>
    public VirtualNetwork Network { get; }

    /// <summary>Whether nothing can be written to disk now.</summary>
    public bool IsDiskFull => _machines.Now < _diskFullUntil;

    /// <summary>The node that a machine of the trace is; null where it is none that runs.</summary>
    internal string? Traced(string name) => _traced.GetValueOrDefault(name) is { } node && _machines.Has(node) ? node : null;

    /// <summary>Forgets a machine of the trace that was given up; null where it was not: the others do not learn that it is gone.</summary>
    internal string? ForgetGivenUp(string name) => _traced.GetValueOrDefault(name) is { } node && _givenUp.Remove(node) ? node : null;

    /// <summary>A node's process ends.</summary>
    public void Crash(string node)
    {
        Network.Cut(node);
        _work.Stop(node);
        _machines.Crash(node, _times.Death);
    }

    /// <summary>The server's process ends, or pauses and wakes up when it has a successor.</summary>
    public void CrashServer(string server, bool wakesUp)
    {
        if (!wakesUp) Network.Cut(server);
        _machines.CrashServer(wakesUp ? _times.Silence : _times.TakeOver, stops: !wakesUp);
    }

    /// <summary>A node leaves after a notice.</summary>
    public void Leave(string node, TimeSpan notice)
    {
        _machines.After(notice, () => Remove(node));
        _machines.Leave(node, notice);
    }

    /// <summary>A node joins.</summary>
    public void Join() => _machines.Join();

    /// <summary>A machine of the trace joins.</summary>
    public void JoinAs(string traced) => _traced[traced] = _machines.Join();

    /// <summary>The stage at work does nothing for a time.</summary>
    public void Hang(TimeSpan lasts) => _work.HoldUntil(_machines.Now + lasts);

    /// <summary>A stage takes a multiple of its time for a while.</summary>
    public void Slow(int stage, double factor, TimeSpan lasts) => _work.Slow(stage, factor, _machines.Now + lasts);

    /// <summary>Nothing can be written to disk for a time.</summary>
    public void FillDisk(TimeSpan lasts) => _diskFullUntil = WorkClock.Later(_diskFullUntil, _machines.Now + lasts);

    /// <summary>A node stands still. If it resumes in time, nothing but time is lost.</summary>
    public void PauseNode(string node, TimeSpan lasts)
    {
        FallSilent(node, () => GiveUp(node));
        StandStill(node, lasts);
        _machines.After(lasts, () => Return(node));
    }

    /// <summary>The server stands still.</summary>
    public void PauseServer(string server, TimeSpan lasts)
    {
        FallSilent(server, () => Succeed(server));
        StandStill(server, lasts);
    }

    /// <summary>A node is cut off. If that heals in time, only messages are lost.</summary>
    public void PartitionNode(string node, TimeSpan lasts)
    {
        FallSilent(node, () => GiveUp(node));
        CutOff(node, lasts, () => Return(node));
    }

    /// <summary>The server is cut off.</summary>
    public void PartitionServer(string server, TimeSpan lasts)
    {
        FallSilent(server, () => Succeed(server));
        CutOff(server, lasts, () => { });
    }

    // For good, also where it was given up meanwhile, or has come back under another name.
    private void Remove(string node)
    {
        _givenUp.Remove(node);
        _work.Stop(node);
        if (!_returnedAs.TryGetValue(node, out var returned) || !_machines.Has(returned)) return;
        Remove(returned);
        _machines.Leave(returned, TimeSpan.Zero);
    }

    private void CutOff(string machine, TimeSpan lasts, Action healed)
    {
        Network.Cut(machine);
        _cutUntil[machine] = WorkClock.Later(_cutUntil.GetValueOrDefault(machine), _machines.Now + lasts);
        _machines.After(lasts, () =>
        {
            if (_machines.Now < _cutUntil[machine]) return;
            Network.Heal(machine);
            healed();
        });
    }

    private void StandStill(string machine, TimeSpan lasts) => Network.Stop(machine, _work.Pause(machine, lasts));

    // The majority takes a server that is silent for long for dead; it resumes, and finds another in its place.
    private void Succeed(string server)
    {
        if (_machines.Server == server) _machines.CrashServer(TimeSpan.Zero, stops: false);
    }

    private void GiveUp(string node)
    {
        if (!_machines.Has(node)) return;
        _givenUp.Add(node);
        _work.Stop(node);
        _machines.GiveUp(node);
    }

    private bool IsSilent(string machine) => Network.IsCut(machine) || _work.IsPaused(machine);

    private void FallSilent(string machine, Action tooLong)
    {
        if (IsSilent(machine)) return;
        var since = _silentSince[machine] = _machines.Now;
        _machines.After(_times.Silence, () =>
        {
            if (IsSilent(machine) && _silentSince[machine] == since) tooLong();
        });
    }

    // A node that was given up comes back empty under another name; a trace still means the same machine.
    private void Return(string node)
    {
        if (IsSilent(node) || !_givenUp.Remove(node)) return;
        var returned = _returnedAs[node] = _machines.Join();
        if (_traced.FirstOrDefault(traced => traced.Value == node).Key is { } name) _traced[name] = returned;
    }
}
