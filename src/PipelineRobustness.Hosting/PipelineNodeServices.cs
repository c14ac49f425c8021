using Akka.Cluster.Hosting;
using Akka.Hosting;
using Akka.Remote.Hosting;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Hosting;
using PipelineRobustness.Models;
using PipelineRobustness.Pipeline.Cluster;
using PipelineRobustness.Pipeline.Nodes;
using PipelineRobustness.Pipeline.Running;
using ClusterOptions = PipelineRobustness.Pipeline.Cluster.ClusterOptions;

namespace PipelineRobustness.Hosting;

/// <summary>Makes a host's process a node of a pipeline's cluster.</summary>
public static class PipelineNodeServices
{
    /// <summary>
    /// Adds the node: actor system, lanes, TLS, signals and shutdown, as hocon/*.conf and these options say. The host joins the cluster
    /// when it starts, stops when the node has ended, and leaves the cluster when it stops. The node is the service <see cref="PipelineNode"/>.
    /// </summary>
    /// <param name="services">The host's services.</param>
    /// <param name="options">How the process takes part.</param>
    /// <param name="catalog">Where its stages find what they are made of.</param>
    /// <param name="plans">All runs of the experiment: what other nodes may send is judged by them.</param>
    /// <param name="drive">Drives the experiment while this node leads; null for a node that only carries stages.</param>
    public static IServiceCollection AddPipelineNode(
        this IServiceCollection services, ClusterOptions options, IRunCatalog catalog, IEnumerable<RunPlan> plans, DriveExperiment? drive = null)
    {
        services.TryAddSingleton<OpenLanes>((here, rules, events) => ClusterLanes.Open(options, here, rules, events));
        services.AddSingleton(new NodeSetup(options, catalog, plans, drive));
        services.AddSingleton(provider => new PipelineNode(provider.GetRequiredService<NodeSetup>(), provider.GetRequiredService<OpenLanes>()));
        services.AddSingleton<IHostLifetime, NodeSignals>();
        services.AddHostedService<NodeService>();
        return services.AddAkka("pipeline", (akka, provider) =>
        {
            var node = provider.GetRequiredService<PipelineNode>();
            akka.AddHocon(ClusterConfig.Of(options), HoconAddMode.Prepend)
                .WithRemoting(new RemoteOptions { HostName = options.Host, Port = options.Port })
                .WithClustering(new Akka.Cluster.Hosting.ClusterOptions { Roles = drive is null ? [] : [ClusterConfig.LeaderRole] })
                .AddHocon(options.Overrides, HoconAddMode.Prepend)
                .WithHostLogging(provider)
                .WithActors((system, _) => node.StartActors(system));
            if (options.Credentials is { } credentials) akka.AddSetup(credentials.ForRemote());
            if (drive is null) return;
            akka.WithSingleton<ServerSingleton>(
                "server", (_, _, _) => node.Singleton(),
                new ClusterSingletonOptions { Role = ClusterConfig.LeaderRole, TerminationMessage = ServerSingleton.StepDown.Instance },
                createProxyToo: false);
        });
    }

    /// <summary>Starts a host with a node, waits until the node has ended, and stops and disposes of the host.</summary>
    /// <param name="host">The host.</param>
    /// <param name="joined">Called when the node has joined the cluster.</param>
    /// <returns>How the node ended; <see cref="ExitCode.Of"/> is the process's exit code.</returns>
    /// <exception cref="BadInputException">The node cannot listen on its addresses.</exception>
    public static async Task<NodeEnd> RunPipelineNodeAsync(this IHost host, Action? joined = null)
    {
        using (host)
        {
            var node = host.Services.GetRequiredService<PipelineNode>();
            try
            {
                await host.StartAsync().ConfigureAwait(false);
                if (node.HasJoined) joined?.Invoke();
            }
            catch
            {
                await host.StopAsync().ConfigureAwait(false);
                throw;
            }

            await host.WaitForShutdownAsync().ConfigureAwait(false);
            return await node.Ended.ConfigureAwait(false);
        }
    }
}
