using System.Net.Sockets;
using Akka.Actor;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using PipelineRobustness.Models;
using PipelineRobustness.Pipeline.Lanes;

namespace PipelineRobustness.Hosting;

/// <summary>Starts and stops a node around its actor system, which Akka.Hosting starts and stops.</summary>
internal sealed class NodeService(PipelineNode node, NodeSetup setup, IServiceProvider services, IHostApplicationLifetime host) : IHostedLifecycleService
{
    /// <inheritdoc/>
    public async Task StartingAsync(CancellationToken cancellationToken)
    {
        await node.OpenAsync().ConfigureAwait(false);
        try
        {
            // Made here: Akka.Hosting would print all of an exception to the console.
            services.GetRequiredService<ActorSystem>();
        }
        catch (Exception e) when (SocketError(e) is { } socket)
        {
            var address = HostText.WithPort(setup.Options.Host, setup.Options.Port);
            throw new BadInputException($"cluster.port: expected an address to listen at, found {address}: {socket.Message}", e);
        }
    }

    /// <inheritdoc/>
    public Task StartAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    /// <inheritdoc/>
    public async Task StartedAsync(CancellationToken cancellationToken)
    {
        await node.JoinAsync(cancellationToken).ConfigureAwait(false);
        // Not before the host has started, which a stop would make fail.
        host.ApplicationStarted.Register(() => node.Ended.ContinueWith(_ => host.StopApplication(), TaskScheduler.Default));
    }

    /// <inheritdoc/>
    public Task StoppingAsync(CancellationToken cancellationToken)
    {
        node.StopLeading();
        return Task.CompletedTask;
    }

    /// <inheritdoc/>
    public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    /// <inheritdoc/>
    public Task StoppedAsync(CancellationToken cancellationToken) => node.CloseAsync();

    private static SocketException? SocketError(Exception? e) => e switch
    {
        null => null,
        SocketException socket => socket,
        AggregateException several => several.InnerExceptions.Select(SocketError).FirstOrDefault(one => one is not null),
        _ => SocketError(e.InnerException),
    };
}
