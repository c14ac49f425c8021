using System.Net;
using System.Net.Sockets;
using PipelineRobustness.Models;
using PipelineRobustness.Pipeline.Lanes;
using PipelineRobustness.Pipeline.Messages;
using PipelineRobustness.Pipeline.Security;

namespace PipelineRobustness.Pipeline.Cluster;

/// <summary>Opens the tensor lanes of a node in a cluster.</summary>
internal static class ClusterLanes
{
    /// <exception cref="BadInputException">The node cannot listen on the lanes' address.</exception>
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
                Security = options.Credentials is { } credentials ? Security(credentials, events) : null,
                Time = options.Clock,
            });
        }
        catch (SocketException e)
        {
            var place = HostText.WithPort(options.Host, options.LanePort);
            throw new BadInputException($"cluster.lane-port: expected an address to listen at, found {place}: {e.Message}", e);
        }
    }

    private static LaneSecurity Security(NodeCredentials credentials, ILaneEvents events)
    {
        // A process that answers at a node's address without that node's certificate is another process: the node is dead.
        return new LaneSecurity(
            credentials.ForServer(fault => events.Violated("a peer", fault)),
            peer => credentials.ForClient(peer.Host, peer.Node.Name, fault => events.Dead(peer.Node, $"its certificate is refused: {fault}")),
            NodeCredentials.NameOf);
    }

    private static IPAddress AddressOf(string host) =>
        IPAddress.TryParse(host, out var address) ? address
        : Dns.GetHostAddresses(host).FirstOrDefault() ?? throw new BadInputException($"cluster.host: expected an address of this machine, found {host}");
}
