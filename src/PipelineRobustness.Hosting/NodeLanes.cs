using PipelineRobustness.Pipeline.Cluster;
using PipelineRobustness.Pipeline.Lanes;
using PipelineRobustness.Pipeline.Messages;

namespace PipelineRobustness.Hosting;

/// <summary>A node's open lanes: what they receive and send, and their rules.</summary>
internal sealed class NodeLanes : IAsyncDisposable
{
    private readonly ILanes _lanes;

    /// <summary>Opens them.</summary>
    public NodeLanes(NodeSetup setup, NodeId here, OpenLanes open)
    {
        var rules = new LaneRules(here, setup.Plans);
        Listener = new LaneListener(here, setup.Options.Report, setup.Options.Clock);
        _lanes = open(here, rules, Listener);
        Peers = new PeerLanes(_lanes);
        Transport = new LaneTransport(Peers, rules);
    }

    /// <summary>Passes on what arrives.</summary>
    public LaneListener Listener { get; }

    /// <summary>The lanes by peer.</summary>
    public PeerLanes Peers { get; }

    /// <summary>Sends for stages and server.</summary>
    public LaneTransport Transport { get; }

    /// <inheritdoc/>
    public ValueTask DisposeAsync() => _lanes.DisposeAsync();
}
