using Akka.Actor;
using Akka.Hosting;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using PipelineRobustness.Models;
using PipelineRobustness.Pipeline.Running;

namespace PipelineRobustness.Hosting;

/// <summary>One run within this process, in a host of its own: real threads, Akka's own dispatchers, wall clock.</summary>
public static class PipelineHost
{
    /// <summary>Trains, evaluates and ends, without a log.</summary>
    /// <inheritdoc cref="RunAsync(RunSpec, IRunObserver, Action{ILoggingBuilder}, CancellationToken)"/>
    public static Task<RunOutcome> RunAsync(RunSpec run, IRunObserver observer, CancellationToken interrupt = default) =>
        RunAsync(run, observer, _ => { }, interrupt);

    /// <summary>Trains, evaluates and ends.</summary>
    /// <param name="run">The run; within one process no message is lost.</param>
    /// <param name="observer">Receives the run's events.</param>
    /// <param name="logging">Where the host's log goes.</param>
    /// <param name="interrupt">Asks to end after the current iteration.</param>
    /// <returns>The outcome; its state is the caller's to dispose of. A run that fails is an outcome, not an exception.</returns>
    /// <exception cref="BadInputException">The plan cannot be run.</exception>
    public static async Task<RunOutcome> RunAsync(RunSpec run, IRunObserver observer, Action<ILoggingBuilder> logging, CancellationToken interrupt)
    {
        using var host = Build(logging);
        await host.StartAsync(CancellationToken.None).ConfigureAwait(false);
        try
        {
            var ended = new TaskCompletionSource<RunOutcome>(TaskCreationOptions.RunContinuationsAsynchronously);
            var local = run with { Plan = run.Plan with { LosesMessages = false } };
            var system = host.Services.GetRequiredService<ActorSystem>();
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
            await host.StopAsync(CancellationToken.None).ConfigureAwait(false);
        }
    }

    private static IHost Build(Action<ILoggingBuilder> logging)
    {
        var builder = Host.CreateEmptyApplicationBuilder(settings: null);
        logging(builder.Logging);
        builder.Services.AddSingleton<IHostLifetime, CallersLifetime>();
        builder.Services.AddAkka("pipeline", (akka, services) => akka.AddHocon(RunSystem.Settings, HoconAddMode.Prepend).WithHostLogging(services));
        return builder.Build();
    }

    // The caller handles signals: one process has many runs.
    private sealed class CallersLifetime : IHostLifetime
    {
        public Task WaitForStartAsync(CancellationToken cancellationToken) => Task.CompletedTask;

        public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;
    }
}
