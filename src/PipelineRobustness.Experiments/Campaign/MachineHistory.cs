using Akka.Actor;
using PipelineRobustness.Pipeline.Ports;

namespace PipelineRobustness.Experiments.Campaign;

/// <summary>A machine joined or left.</summary>
/// <param name="At">When.</param>
/// <param name="Machine">Which.</param>
/// <param name="Joined">Whether it joined.</param>
internal readonly record struct MembershipChange(TimeSpan At, string Machine, bool Joined);

/// <summary>
/// Wraps the machines of a simulation and records which of them join and leave, so that oracles need not rely on the server for
/// that.
/// </summary>
internal sealed class MachineHistory : IMachines
{
    private readonly IMachines _machines;
    private readonly HashSet<string> _present = [];
    private readonly List<MembershipChange> _changes = [];
    private readonly List<(TimeSpan At, string Machine)> _quarantined = [];

    public MachineHistory(IMachines machines)
    {
        _machines = machines;
        foreach (var node in machines.Nodes) Came(node);
    }

    /// <summary>Machines that joined and left, in the order of time; the initial ones come first.</summary>
    public IReadOnlyList<MembershipChange> Changes => _changes;

    /// <summary>Machines that were quarantined, and when.</summary>
    public IReadOnlyList<(TimeSpan At, string Machine)> Quarantined => _quarantined;

    /// <summary>A machine gets no stage any more: for the run it has left, with all that it holds.</summary>
    public void Quarantine(string node)
    {
        Went(node);
        _quarantined.Add((Now, node));
    }

    /// <inheritdoc/>
    public TimeSpan Now => _machines.Now;

    /// <inheritdoc/>
    public IReadOnlyList<string> Nodes => _machines.Nodes;

    /// <inheritdoc/>
    public bool Has(string node) => _machines.Has(node);

    /// <inheritdoc/>
    public string? Server => _machines.Server;

    /// <inheritdoc/>
    public string? NodeOf(int stage) => _machines.NodeOf(stage);

    /// <inheritdoc/>
    public string? Here => _machines.Here;

    /// <inheritdoc/>
    public void Delay(string machine, TimeSpan time) => _machines.Delay(machine, time);

    /// <inheritdoc/>
    public void Crash(string node, TimeSpan noticed)
    {
        Went(node);
        _machines.Crash(node, noticed);
    }

    /// <inheritdoc/>
    public void GiveUp(string node)
    {
        Went(node);
        _machines.GiveUp(node);
    }

    /// <inheritdoc/>
    public void Leave(string node, TimeSpan notice)
    {
        _machines.Leave(node, notice);
        _machines.After(notice, () => Went(node));
    }

    /// <inheritdoc/>
    public string Join()
    {
        var node = _machines.Join();
        Came(node);
        return node;
    }

    /// <inheritdoc/>
    public void CrashServer(TimeSpan takenOver, bool stops) => _machines.CrashServer(takenOver, stops);

    /// <inheritdoc/>
    public void Start(Props actor, string name) => _machines.Start(actor, name);

    /// <inheritdoc/>
    public void After(TimeSpan time, Action action) => _machines.After(time, action);

    /// <inheritdoc/>
    public void Spend(TimeSpan time) => _machines.Spend(time);

    private void Came(string node)
    {
        if (_present.Add(node)) _changes.Add(new MembershipChange(Now, node, Joined: true));
    }

    private void Went(string node)
    {
        if (_present.Remove(node)) _changes.Add(new MembershipChange(Now, node, Joined: false));
    }
}
