using System.Collections.Immutable;
using System.Net;
using Akka.Configuration;
using PipelineRobustness.Pipeline.Messages;
using PipelineRobustness.Pipeline.Security;

namespace PipelineRobustness.Pipeline.Cluster;

/// <summary>What a process is told that is to be a node of a cluster.</summary>
public sealed record ClusterOptions
{
    /// <summary>What it is called; another name for every node.</summary>
    public required string Name { get; init; }

    /// <summary>The address that it is reached at, and listens on.</summary>
    public string Host { get; init; } = "127.0.0.1";

    /// <summary>The port of control messages; 0: the system chooses.</summary>
    public int Port { get; init; }

    /// <summary>The port of its tensor lanes; 0: the system chooses.</summary>
    public int LanePort { get; init; }

    /// <summary>Whom it asks to be let in; where there is nobody, or itself in the first place alone, it founds the cluster.</summary>
    public ImmutableArray<DnsEndPoint> Seeds { get; init; } = [];

    /// <summary>How many nodes are waited for before the experiment begins; from then on fewer will do.</summary>
    public int Nodes { get; init; } = 1;

    /// <summary>How long it tries to get in.</summary>
    public TimeSpan JoinWithin { get; init; } = TimeSpan.FromMinutes(2);

    /// <summary>Whether the central server may be here.</summary>
    public bool MayServe { get; init; } = true;

    /// <summary>What it can carry; no room for stages where it is to serve only.</summary>
    public required NodeCapacity Capacity { get; init; }

    /// <summary>Digest of the experiment that it has read: all nodes of a cluster work the same.</summary>
    public required string Experiment { get; init; }

    /// <summary>Akka's settings that outrank all others: how a test cuts wires.</summary>
    internal Config Outranking { get; init; } = Config.Empty;

    /// <summary>Its certificate, and the check of others'; null: neither control messages nor tensors are secured.</summary>
    public NodeCredentials? Papers { get; init; }

    /// <summary>By how much its threads that compute give way to others: 0 to 19.</summary>
    public int ComputeNiceness { get; init; } = 10;

    /// <summary>Who waits longer says so, again and again.</summary>
    public TimeSpan WaitReport { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>Hears, in lines for people, what becomes of the cluster. On any thread; must be quick and must not throw.</summary>
    public Action<string> Say { get; init; } = _ => { };

    /// <summary>The clock.</summary>
    public TimeProvider Clock { get; init; } = TimeProvider.System;
}

/// <summary>Why a node ended.</summary>
public enum NodeEndKind
{
    /// <summary>The experiment is over.</summary>
    Over,

    /// <summary>It was asked to leave, and left.</summary>
    Left,

    /// <summary>The cluster works another experiment.</summary>
    Refused,

    /// <summary>It was cut off from the majority, or the others took it for dead.</summary>
    CutOff,

    /// <summary>Nobody let it in.</summary>
    NotJoined,
}

/// <summary>How a node ended.</summary>
/// <param name="Kind">Why.</param>
/// <param name="Reason">In one line; null where the experiment was done.</param>
/// <param name="ExitCode">Where the experiment is over: what all processes tell their shells.</param>
public sealed record NodeEnd(NodeEndKind Kind, string? Reason, int ExitCode = 0);
