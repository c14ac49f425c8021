using System.Collections.Immutable;
using System.Net;
using Akka.Configuration;
using PipelineRobustness.Pipeline.Lanes;
using PipelineRobustness.Pipeline.Messages;
using PipelineRobustness.Pipeline.Security;

namespace PipelineRobustness.Pipeline.Cluster;

/// <summary>How a process takes part in a cluster.</summary>
public sealed record ClusterOptions
{
    /// <summary>The node's name, unique in the cluster.</summary>
    public required string Name { get; init; }

    /// <summary>The address that the node listens on and that other nodes connect to.</summary>
    public string Host { get; init => field = HostText.Plain(value); } = "127.0.0.1";

    /// <summary>The port of control messages; 0 for any free port.</summary>
    public int Port { get; init; }

    /// <summary>The port of the tensor lanes; 0 for any free port.</summary>
    public int LanePort { get; init; }

    /// <summary>The nodes that this one asks to join. If there are none, or the first is this node and no other answers, it founds the cluster.</summary>
    public ImmutableArray<DnsEndPoint> Seeds { get; init; } = [];

    /// <summary>How many nodes must join before the experiment begins; later, fewer suffice.</summary>
    public int Nodes { get; init; } = 1;

    /// <summary>How long the node tries to join.</summary>
    public TimeSpan JoinWithin { get; init; } = TimeSpan.FromMinutes(2);

    /// <summary>What the node can carry.</summary>
    public required NodeCapacity Capacity { get; init; }

    /// <summary>A digest of the experiment's settings, inputs and program, which all nodes must share.</summary>
    public required string Experiment { get; init; }

    /// <summary>The node's certificate and the check of its peers'; null for connections without TLS.</summary>
    public NodeCredentials? Credentials { get; init; }

    /// <summary>The niceness of threads that compute: 0 to 19.</summary>
    public int ComputeNiceness { get; init; } = 10;

    /// <summary>A node that waits to join, or for others to, reports it this often.</summary>
    public TimeSpan WaitReport { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>Receives a line for people about each change of the cluster. Called on any thread; must be quick and must not throw.</summary>
    public Action<string> Report { get; init; } = _ => { };

    /// <summary>The clock.</summary>
    public TimeProvider Clock { get; init; } = TimeProvider.System;

    /// <summary>Akka settings that override all others: a test cuts the network with them.</summary>
    internal Config Overrides { get; init; } = Config.Empty;

    /// <summary>Whether others let this node in; otherwise it founds the cluster, or, being its own first seed, does if no other answers.</summary>
    internal bool JoinsOthers => Seeds is [var first, ..] && !(HostText.AreSame(first.Host, Host) && first.Port == Port);
}
