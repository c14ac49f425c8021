using System.Collections.Concurrent;
using System.Net;
using Akka.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using PipelineRobustness.Hosting;
using PipelineRobustness.Pipeline.Cluster;
using PipelineRobustness.Pipeline.Messages;
using PipelineRobustness.Pipeline.Nodes;
using PipelineRobustness.Pipeline.Running;
using PipelineRobustness.Pipeline.Security;

namespace PipelineRobustness.Tests.Cluster;

/// <summary>Nodes of one cluster within this process, over real sockets of the loopback. The leader's driver waits for <see cref="End"/>.</summary>
internal sealed class LocalCluster : IAsyncDisposable
{
    private static readonly TimeSpan Long = TimeSpan.FromMinutes(1);

    private readonly List<LocalNode> _nodes = [];

    public ConcurrentDictionary<string, FakeLanes> Lanes { get; } = [];

    /// <summary>Akka's settings that override a node's.</summary>
    public Config Settings { get; init; } = Config.Empty;

    /// <summary>The leaderships in order, by their node.</summary>
    public BlockingCollection<(string Node, IServerLeadership Leadership)> Leaderships { get; } = [];

    /// <summary>The lines about the cluster, by the node that reports them.</summary>
    public ConcurrentBag<(string Node, string Line)> Lines { get; } = [];

    /// <summary>What the leader's driver returns.</summary>
    public TaskCompletionSource<ExperimentEnd> End { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);

    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    public async Task<LocalNode> StartAsync(
        string name, string experiment = "e1", int nodes = 1, DnsEndPoint? seed = null, TimeSpan? joinWithin = null, NodeCredentials? credentials = null)
    {
        var options = new ClusterOptions
        {
            Name = name,
            Seeds = seed is not null ? [seed] : [.. _nodes.Take(1).Select(first => new DnsEndPoint("127.0.0.1", first.Node.Port))],
            Nodes = nodes,
            JoinWithin = joinWithin ?? Long,
            Capacity = new NodeCapacity(1),
            Experiment = experiment,
            Credentials = credentials,
            Report = line => Lines.Add((name, line)),
            Overrides = Settings,
        };
        var builder = Host.CreateEmptyApplicationBuilder(settings: null);
        builder.Services.AddSingleton<OpenLanes>((here, _, events) => Lanes[name] = new FakeLanes(here, events));
        builder.Services.AddPipelineNode(options, new NoRuns(), plans: [], leadership => DriveAsync(name, leadership));
        builder.Services.AddSingleton<IHostLifetime, NoSignals>();
        var node = new LocalNode(builder.Build());
        _nodes.Add(node);
        await node.Host.StartAsync(Stop);
        return node;
    }

    /// <summary>The next leadership that begins.</summary>
    public async Task<(string Node, IServerLeadership Leadership)> NextLeadershipAsync() =>
        await Task.Run(() => Leaderships.TryTake(out var next, (int)Long.TotalMilliseconds, Stop) ? next : throw new TimeoutException("no node leads"), Stop);

    public async ValueTask DisposeAsync()
    {
        End.TrySetResult(new ExperimentEnd(0));
        await Task.WhenAll(_nodes.Select(node => node.DisposeAsync().AsTask()));
        Leaderships.Dispose();
    }

    private async Task<ExperimentEnd?> DriveAsync(string name, IServerLeadership leadership)
    {
        Leaderships.Add((name, leadership), CancellationToken.None);
        return await End.Task.WaitAsync(leadership.Lost);
    }

    /// <summary>One node with its host.</summary>
    internal sealed class LocalNode(IHost host) : IAsyncDisposable
    {
        private bool _stopped;

        public IHost Host => host;

        public PipelineNode Node { get; } = host.Services.GetRequiredService<PipelineNode>();

        /// <summary>How it ended.</summary>
        public Task<NodeEnd> EndAsync() => Node.Ended.WaitAsync(Long, Stop);

        public async ValueTask DisposeAsync()
        {
            if (_stopped) return;
            _stopped = true;
            await host.StopAsync(CancellationToken.None);
            host.Dispose();
        }
    }

    private sealed class NoSignals : IHostLifetime
    {
        public Task WaitForStartAsync(CancellationToken cancellationToken) => Task.CompletedTask;

        public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;
    }

    private sealed class NoRuns : IRunCatalog
    {
        public RunSpec Open(RunKey key) => throw new InvalidOperationException("no run is placed in these specs");
    }
}
