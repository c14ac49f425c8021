using PipelineRobustness.Models;

namespace PipelineRobustness.Pipeline;

/// <summary>One run of the real actors in a <see cref="SimulatedWorld"/>.</summary>
public static class SimulatedRun
{
    /// <summary>Runs to the end, on the calling thread.</summary>
    /// <param name="interleaving">Seed of the order in which mailboxes run; must change no result.</param>
    /// <param name="plan">What to run.</param>
    /// <param name="weights">Version 0.</param>
    /// <param name="data">What to train and evaluate on.</param>
    /// <param name="behaviour">What stages do beside their work.</param>
    /// <param name="observer">Hears what happens.</param>
    /// <param name="nodes">How many machines to pretend.</param>
    /// <returns>The outcome, or null where the run got stuck: nothing left to do, or nothing done within a virtual day.</returns>
    public static RunOutcome? Run(
        ulong interleaving, RunPlan plan, IWeightSource weights, RunData data, IStageBehaviour behaviour,
        IRunObserver observer, int nodes = 1) =>
        Run(interleaving, new RunMaterial(plan, weights, data, new Ports { Behaviour = behaviour }), observer, nodes, null, null);

    /// <summary>The same, with a say in what happens meanwhile.</summary>
    /// <param name="interleaving">Seed of the order in which mailboxes run.</param>
    /// <param name="material">What the run is made of; its clock becomes the world's.</param>
    /// <param name="observer">Hears what happens.</param>
    /// <param name="nodes">How many machines to pretend.</param>
    /// <param name="room">Stages that each has room for; null for as many as its share.</param>
    /// <param name="script">Told of the run once it has begun.</param>
    internal static RunOutcome? Run(
        ulong interleaving, RunMaterial material, IRunObserver observer, int nodes, int? room, Action<RunSystem, SimulatedWorld>? script)
    {
        using var world = new SimulatedWorld(interleaving);
        RunOutcome? outcome = null;
        material = material with { Ports = material.Ports with { Clock = world.Clock } };
        var run = RunSystem.Start(world.System, material, observer, nodes, room, o => outcome = o);
        script?.Invoke(run, world);
        world.Pump(() => outcome is not null, TimeSpan.FromDays(1));
        run.Stop();
        return outcome;
    }
}
