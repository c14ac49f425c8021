using System.Net;
using System.Net.Security;
using System.Security.Cryptography.X509Certificates;
using PipelineRobustness.Pipeline.Messages;

namespace PipelineRobustness.Pipeline.Lanes;

/// <summary>Limits of a node's lanes.</summary>
public sealed record LaneSettings
{
    /// <summary>The bytes that may be queued for one peer; a sender of more blocks. A single message may always be queued.</summary>
    public long MaxQueuedBytes { get; init; } = 64L << 20;

    /// <summary>How long a connection may take until both ends have greeted; then it is closed.</summary>
    public TimeSpan GreetingTimeout { get; init; } = TimeSpan.FromSeconds(5);

    /// <summary>How long a frame may take until its header is complete, and then between any two of its bytes.</summary>
    public TimeSpan StallTimeout { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>How many connections may be waiting for a greeting, each with a thread; one more closes the oldest.</summary>
    public int MaxUngreeted { get; init; } = 128;

    /// <summary>From how many peers lanes are accepted.</summary>
    public int MaxPeers { get; init; } = 1024;

    /// <summary>How often a watched peer is probed after its connection ended.</summary>
    public TimeSpan ProbeEvery { get; init; } = TimeSpan.FromMilliseconds(10);

    /// <summary>After this many probes that prove nothing, they come every <see cref="SlowProbeEvery"/>.</summary>
    public int MaxFastProbes { get; init; } = 300;

    /// <summary>How many refused connections in a row prove the death of a peer that was never reached.</summary>
    public int RefusalsOfUnreached { get; init; } = 50;

    /// <summary>See <see cref="MaxFastProbes"/>.</summary>
    public TimeSpan SlowProbeEvery { get; init; } = TimeSpan.FromSeconds(1);
}

/// <summary>Mutual TLS: both ends show certificates, and a node has the name in its certificate.</summary>
/// <param name="Server">For incoming connections; must require the peer's certificate.</param>
/// <param name="Client">For connections to a node at its host.</param>
/// <param name="NameOf">The node's name in a certificate; null if it has none.</param>
public sealed record LaneSecurity(
    SslServerAuthenticationOptions Server, Func<LaneAddress, SslClientAuthenticationOptions> Client, Func<X509Certificate2, string?> NameOf);

/// <summary>How a node's lanes are opened.</summary>
public sealed record LaneSetup
{
    /// <summary>This node.</summary>
    public required NodeId Node { get; init; }

    /// <summary>Where to listen; port 0 for any free port.</summary>
    public required IPEndPoint Bind { get; init; }

    /// <summary>The name or address by which others reach this machine.</summary>
    public required string Host { get; init; }

    /// <summary>What all nodes of the run share, such as the experiment's digest; a peer with another token is refused.</summary>
    public required string Token { get; init; }

    /// <summary>Which frames are accepted.</summary>
    public required LaneRules Rules { get; init; }

    /// <summary>Receives what the lanes bring.</summary>
    public required ILaneEvents Events { get; init; }

    /// <summary>TLS; null for connections without it.</summary>
    public LaneSecurity? Security { get; init; }

    /// <summary>The limits.</summary>
    public LaneSettings Settings { get; init; } = new();

    /// <summary>The clock.</summary>
    public TimeProvider Time { get; init; } = TimeProvider.System;
}
