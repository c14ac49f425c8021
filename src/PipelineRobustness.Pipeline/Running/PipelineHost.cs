using Akka.Actor;
using PipelineRobustness.Models;
using PipelineRobustness.Models.Weights;
using PipelineRobustness.Pipeline.Nodes;
using PipelineRobustness.Pipeline.Ports;

namespace PipelineRobustness.Pipeline.Running;

/// <summary>One run on this machine: real threads, Akka's own dispatchers, wall clock.</summary>
public static class PipelineHost
{
    /// <summary>Trains, evaluates and ends.</summary>
    /// <param name="plan">What to run.</param>
    /// <param name="weights">Version 0.</param>
    /// <param name="data">What to train and evaluate on.</param>
    /// <param name="ports">Where the world enters.</param>
    /// <param name="observer">Hears what happens.</param>
    /// <param name="interrupt">Asks to end after the current iteration.</param>
    /// <returns>The outcome; its state is the caller's to dispose of. A run that fails is an outcome, not an exception.</returns>
    /// <exception cref="BadInputException">The plan cannot be run.</exception>
    public static async Task<RunOutcome> RunAsync(
        RunPlan plan, IWeightSource weights, RunData data, RunPorts ports, IRunObserver observer,
        CancellationToken interrupt = default)
    {
        var ended = new TaskCompletionSource<RunOutcome>(TaskCreationOptions.RunContinuationsAsynchronously);
        var system = ActorSystem.Create("pipeline", RunSystem.Settings);
        try
        {
            var run = RunSystem.Start(
                system, new RunMaterial(plan, weights, data, ports), observer, nodes: 1, room: null, ended.SetResult);
            await using var registration = interrupt.Register(run.Interrupt);
            var outcome = await ended.Task.ConfigureAwait(false);
            var stopped = run.Stopped();
            run.Stop();
            await stopped.ConfigureAwait(false);
            return outcome;
        }
        finally
        {
            await system.Terminate().ConfigureAwait(false);
        }
    }
}
