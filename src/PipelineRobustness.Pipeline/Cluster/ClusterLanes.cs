using System.Net;
using System.Net.Sockets;
using PipelineRobustness.Models;
using PipelineRobustness.Pipeline.Lanes;
using PipelineRobustness.Pipeline.Messages;
using PipelineRobustness.Pipeline.Security;

namespace PipelineRobustness.Pipeline.Cluster;

/// <summary>The tensor lanes of a node in a cluster.</summary>
internal static class ClusterLanes
{
    /// <summary>Opens them.</summary>
    /// <exception cref="BadInputException">Their address cannot be listened at.</exception>
    public static ILanes Open(ClusterOptions options, NodeId here, LaneRules rules, ILaneEvents events)
    {
        try
        {
            return new TensorLanes(new LaneSetup
            {
                Node = here,
                Bind = new IPEndPoint(AddressOf(options.Host), options.LanePort),
                Host = options.Host,
                Token = options.Experiment,
                Rules = rules,
                Events = events,
                Security = options.Papers is { } papers ? Security(papers, events) : null,
                Time = options.Clock,
            });
        }
        catch (SocketException e)
        {
            throw new BadInputException($"cluster.lane-port: expected an address to listen at, found {options.Host}:{options.LanePort}: {e.Message}", e);
        }
    }

    private static LaneSecurity Security(NodeCredentials papers, ILaneEvents events)
    {
        // Who is where a node says that it listens, and has not that node's papers, is not that node.
        return new LaneSecurity(
            papers.ForServer(fault => events.Offended("a peer", fault)),
            peer => papers.ForClient(peer.Host, peer.Node.Name, fault => events.Dead(peer.Node, $"its papers are refused: {fault}")),
            NodeCredentials.NameOf);
    }

    private static IPAddress AddressOf(string host) =>
        IPAddress.TryParse(host, out var address) ? address
        : Dns.GetHostAddresses(host).FirstOrDefault() ?? throw new BadInputException($"cluster.host: expected an address of this machine, found {host}");
}
