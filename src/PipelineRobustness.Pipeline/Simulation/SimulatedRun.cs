using PipelineRobustness.Pipeline.Running;

namespace PipelineRobustness.Pipeline.Simulation;

/// <summary>One run of the real actors in a <see cref="SimulatedWorld"/>.</summary>
public static class SimulatedRun
{
    /// <summary>Runs to the end, on the calling thread.</summary>
    /// <param name="interleaving">Seed of the order in which mailboxes run; must change no result.</param>
    /// <param name="run">The run; its clock becomes the world's.</param>
    /// <param name="observer">Receives the run's events.</param>
    /// <param name="nodes">How many machines to simulate.</param>
    /// <returns>The outcome, or null where the run got stuck: no event left, or no progress within a virtual day.</returns>
    public static RunOutcome? Run(ulong interleaving, RunSpec run, IRunObserver observer, int nodes = 1) =>
        Run(interleaving, run, observer, nodes, null, null);

    /// <summary>One run with machines, a network between them, and a scenario.</summary>
    /// <param name="simulation">The machines, and how they are simulated.</param>
    /// <param name="run">The run; its clock becomes the world's.</param>
    /// <param name="observer">Receives the run's events.</param>
    public static SimulationEnd Run(SimulationOptions simulation, RunSpec run, IRunObserver observer)
    {
        ArgumentNullException.ThrowIfNull(simulation);
        var placements = new Placements(observer);
        return Simulate(
            simulation, run, placements, watchesNodes: false,
            (actors, world) => simulation.Begin(new SimulatedMachines(actors, world, placements)));
    }

    /// <summary>The same, with a script that acts on the run.</summary>
    /// <param name="interleaving">Seed of the order in which mailboxes run.</param>
    /// <param name="run">The run; its clock becomes the world's.</param>
    /// <param name="observer">Receives the run's events.</param>
    /// <param name="nodes">How many machines to simulate.</param>
    /// <param name="room">Stages that each has room for; null for as many as its share.</param>
    /// <param name="script">Called once the run has begun.</param>
    internal static RunOutcome? Run(
        ulong interleaving, RunSpec run, IRunObserver observer, int nodes, int? room, Action<RunSystem, SimulatedWorld>? script) =>
        Simulate(new SimulationOptions { Seed = interleaving, Nodes = nodes, Room = room }, run, observer, watchesNodes: true, script).Outcome;

    private static SimulationEnd Simulate(
        SimulationOptions simulation, RunSpec spec, IRunObserver observer, bool watchesNodes, Action<RunSystem, SimulatedWorld>? script)
    {
        using var world = new SimulatedWorld(simulation.Seed, simulation.Interleaving) { Network = simulation.Network };
        RunOutcome? outcome = null;
        spec = spec with { Ports = spec.Ports with { Clock = world.Clock } };
        var run = RunSystem.Start(world.System, spec, observer, simulation.Nodes, simulation.Room, o => outcome = o, watchesNodes, simulation.Fingerprint);
        script?.Invoke(run, world);
        world.Pump(() => outcome is not null || simulation.Stops(), simulation.Limit, simulation.TurnsMost);
        var (elapsed, turns) = (world.Elapsed, world.Turns);
        run.Stop();
        return new SimulationEnd(outcome, elapsed, turns);
    }
}
