using System.Net;
using System.Net.Security;
using System.Security.Cryptography.X509Certificates;
using PipelineRobustness.Pipeline.Messages;

namespace PipelineRobustness.Pipeline.Lanes;

/// <summary>How much a lane may hold, and how long it waits for whom.</summary>
public sealed record LaneSettings
{
    /// <summary>Bytes that may wait for one peer before whoever sends more is held back; one message always may.</summary>
    public long WaitingMost { get; init; } = 64L << 20;

    /// <summary>Within this a connection is made, secured and greeted, or it is closed.</summary>
    public TimeSpan GreetingTimeout { get; init; } = TimeSpan.FromSeconds(5);

    /// <summary>Within this a frame that has begun must have its whole header, and then each time some more of its bytes.</summary>
    public TimeSpan StallTimeout { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>How many connections may be open that have not greeted, each with a thread; the oldest is closed for one more.</summary>
    public int UngreetedMost { get; init; } = 128;

    /// <summary>From how many peers lanes are taken.</summary>
    public int PeersMost { get; init; } = 1024;

    /// <summary>After a watched connection's end, how often its place is asked who is there.</summary>
    public TimeSpan ProbeEvery { get; init; } = TimeSpan.FromMilliseconds(10);

    /// <summary>After so many answers that prove nothing it is asked every <see cref="ProbeLater"/> only.</summary>
    public int ProbesMost { get; init; } = 300;

    /// <summary>A place where a peer was never seen, and ought to be, proves its death by refusing so often in a row.</summary>
    public int RefusalsOfUnseen { get; init; } = 50;

    /// <summary>See <see cref="ProbesMost"/>.</summary>
    public TimeSpan ProbeLater { get; init; } = TimeSpan.FromSeconds(1);
}

/// <summary>Mutual TLS: both ends show certificates, and a node is who its certificate says.</summary>
/// <param name="Server">For connections that come in; must ask for the other's certificate.</param>
/// <param name="Client">For connections to that node, at that host.</param>
/// <param name="NameOf">The node's name that a certificate is made out to; null where it names none.</param>
public sealed record LaneSecurity(
    SslServerAuthenticationOptions Server, Func<LaneAddress, SslClientAuthenticationOptions> Client, Func<X509Certificate2, string?> NameOf);

/// <summary>What a node's lanes are opened with.</summary>
public sealed record LaneSetup
{
    /// <summary>This node.</summary>
    public required NodeId Node { get; init; }

    /// <summary>Where to listen; port 0 for any that is free.</summary>
    public required IPEndPoint Bind { get; init; }

    /// <summary>By what name others reach this machine.</summary>
    public required string Host { get; init; }

    /// <summary>What all nodes of the run have in common, such as the experiment's digest; whoever has another is refused.</summary>
    public required string Token { get; init; }

    /// <summary>What may come.</summary>
    public required LaneRules Rules { get; init; }

    /// <summary>Who hears of it.</summary>
    public required ILaneEvents Events { get; init; }

    /// <summary>TLS; null for plain connections.</summary>
    public LaneSecurity? Security { get; init; }

    /// <summary>How much and how long.</summary>
    public LaneSettings Settings { get; init; } = new();

    /// <summary>What measures how long.</summary>
    public TimeProvider Time { get; init; } = TimeProvider.System;
}
