using System.Collections.Concurrent;
using System.Net;
using Akka.Configuration;
using PipelineRobustness.Pipeline.Cluster;
using PipelineRobustness.Pipeline.Messages;
using PipelineRobustness.Pipeline.Nodes;
using PipelineRobustness.Pipeline.Running;

namespace PipelineRobustness.Tests.Cluster;

/// <summary>Nodes of one cluster within this process, over real sockets of the loopback. Who has the seat waits until told how to end.</summary>
internal sealed class LocalCluster : IAsyncDisposable
{
    private static readonly TimeSpan Long = TimeSpan.FromMinutes(1);

    private readonly List<ClusterNode> _nodes = [];

    public ConcurrentDictionary<string, FakeLanes> Lanes { get; } = [];

    public ConcurrentQueue<string> Said { get; } = [];

    /// <summary>Akka's settings that outrank a node's.</summary>
    public Config Settings { get; init; } = Config.Empty;

    /// <summary>Terms in the seat, in order, by the node that had it.</summary>
    public BlockingCollection<(string Node, IServerLeadership Seat)> Terms { get; } = [];

    /// <summary>What the driver in the seat comes to.</summary>
    public TaskCompletionSource<ExperimentEnd> End { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);

    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    public async Task<ClusterNode> StartAsync(
        string name, string experiment = "e1", int nodes = 1, DnsEndPoint? seed = null, TimeSpan? joinWithin = null)
    {
        var options = new ClusterOptions
        {
            Name = name,
            Seeds = seed is not null ? [seed] : [.. _nodes.Take(1).Select(first => new DnsEndPoint("127.0.0.1", first.Port))],
            Nodes = nodes,
            JoinWithin = joinWithin ?? Long,
            Capacity = new NodeCapacity(1),
            Experiment = experiment,
            Say = Said.Enqueue,
            Outranking = Settings,
        };
        var node = await ClusterNode.StartAsync(
            options, new NoRuns(), plans: [], seat => DriveAsync(name, seat), (here, _, events) => Lanes[name] = new FakeLanes(here, events));
        _nodes.Add(node);
        return node;
    }

    /// <summary>The next term that begins.</summary>
    public async Task<(string Node, IServerLeadership Seat)> NextTermAsync() =>
        await Task.Run(() => Terms.TryTake(out var term, (int)Long.TotalMilliseconds, Stop) ? term : throw new TimeoutException("no term began"), Stop);

    /// <summary>How a node ended.</summary>
    public static Task<NodeEnd> EndOfAsync(ClusterNode node) => node.Ended.WaitAsync(Long, Stop);

    public async ValueTask DisposeAsync()
    {
        End.TrySetResult(new ExperimentEnd(0));
        await Task.WhenAll(_nodes.Select(node => node.DisposeAsync().AsTask()));
        Terms.Dispose();
    }

    private async Task<ExperimentEnd?> DriveAsync(string name, IServerLeadership seat)
    {
        Terms.Add((name, seat), CancellationToken.None);
        return await End.Task.WaitAsync(seat.Lost);
    }

    private sealed class NoRuns : IRunCatalog
    {
        public RunSpec Open(RunKey key) => throw new InvalidOperationException("no run is placed in these specs");
    }
}
