using System.Collections;
using Akka.Actor;
using PipelineRobustness.Pipeline.Messages;
using PipelineRobustness.Pipeline.Ports;
using PipelineRobustness.Pipeline.Running;

namespace PipelineRobustness.Pipeline.Simulation;

/// <summary>The machines of a run in a simulated world.</summary>
internal sealed class SimulatedMachines(RunSystem run, SimulatedWorld world, Placements placements) : IMachines
{
    /// <inheritdoc/>
    public TimeSpan Now => world.Elapsed;

    /// <inheritdoc/>
    public IReadOnlyList<string> Nodes { get; } = new Names(run.Nodes);

    /// <inheritdoc/>
    public bool Has(string node) => run.Has(new NodeId(node));

    /// <inheritdoc/>
    public string? Server => run.ServerName;

    /// <inheritdoc/>
    public string? NodeOf(int stage) =>
        placements.Latest is { IsDefault: false } placement && stage < placement.Length && run.Has(placement[stage])
            ? placement[stage].Name : null;

    /// <inheritdoc/>
    public string? Here => SimulatedWorld.Here;

    /// <inheritdoc/>
    public void Delay(string machine, TimeSpan time) => world.Delay(machine, time);

    /// <inheritdoc/>
    public void Crash(string node, TimeSpan noticed) => Lose(node, stops: true, noticed, "its process ended");

    /// <inheritdoc/>
    public void GiveUp(string node) => Lose(node, stops: false, TimeSpan.Zero, "it was silent");

    /// <inheritdoc/>
    public void Leave(string node, TimeSpan notice)
    {
        run.TellLeaving(new NodeId(node), world.Clock.GetUtcNow() + notice);
        After(notice, () => Lose(node, stops: true, TimeSpan.Zero, "it left"));
    }

    /// <inheritdoc/>
    public string Join() => run.Join().Name;

    /// <inheritdoc/>
    public void CrashServer(TimeSpan takenOver, bool stops)
    {
        if (run.ServerName is not { } server) return;
        if (stops) run.KillServer();
        After(takenOver, () =>
        {
            // Another may have begun meanwhile, for another reason.
            if (run.ServerName is null || run.ServerName == server) run.Serve();
        });
    }

    /// <inheritdoc/>
    public void Start(Props actor, string name) => world.System.ActorOf(actor, name);

    /// <inheritdoc/>
    public void After(TimeSpan time, Action action) => world.At(time, action);

    /// <inheritdoc/>
    public void Spend(TimeSpan time) => world.Spend(time);

    private void Lose(string node, bool stops, TimeSpan noticed, string reason)
    {
        var id = new NodeId(node);
        if (!run.Has(id)) return;
        run.Forget(id, stops);
        After(noticed, () => run.TellLost(id, reason));
    }

    private sealed class Names(IList<NodeId> nodes) : IReadOnlyList<string>
    {
        public int Count => nodes.Count;

        public string this[int index] => nodes[index].Name;

        public IEnumerator<string> GetEnumerator() => nodes.Select(node => node.Name).GetEnumerator();

        IEnumerator IEnumerable.GetEnumerator() => GetEnumerator();
    }
}

/// <summary>Remembers the last placement of the stages, and passes events on.</summary>
internal sealed class Placements(IRunObserver next) : IRunObserver
{
    /// <summary>The node of each stage.</summary>
    public System.Collections.Immutable.ImmutableArray<NodeId> Latest { get; private set; }

    /// <inheritdoc/>
    public bool Stops => next.Stops;

    /// <inheritdoc/>
    public void Observe(RunEvent occurrence)
    {
        if (occurrence is IPlacement placed) Latest = placed.Placement;
        next.Observe(occurrence);
    }
}
