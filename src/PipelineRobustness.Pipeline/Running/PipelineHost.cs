using Akka.Actor;
using PipelineRobustness.Models;

namespace PipelineRobustness.Pipeline.Running;

/// <summary>One run on this machine: real threads, Akka's own dispatchers, wall clock.</summary>
public static class PipelineHost
{
    /// <summary>Trains, evaluates and ends.</summary>
    /// <param name="run">The run; within one process no message is lost.</param>
    /// <param name="observer">Receives what happens.</param>
    /// <param name="interrupt">Asks to end after the current iteration.</param>
    /// <returns>The outcome; its state is the caller's to dispose of. A run that fails is an outcome, not an exception.</returns>
    /// <exception cref="BadInputException">The plan cannot be run.</exception>
    public static async Task<RunOutcome> RunAsync(RunSpec run, IRunObserver observer, CancellationToken interrupt = default)
    {
        var ended = new TaskCompletionSource<RunOutcome>(TaskCreationOptions.RunContinuationsAsynchronously);
        var system = ActorSystem.Create("pipeline", RunSystem.Settings);
        try
        {
            var local = run with { Plan = run.Plan with { LosesMessages = false } };
            var actors = RunSystem.Start(system, local, observer, nodes: 1, room: null, ended.SetResult);
            await using var registration = interrupt.Register(actors.Interrupt);
            var outcome = await ended.Task.ConfigureAwait(false);
            var stopped = actors.Stopped();
            actors.Stop();
            await stopped.ConfigureAwait(false);
            return outcome;
        }
        finally
        {
            await system.Terminate().ConfigureAwait(false);
        }
    }
}
