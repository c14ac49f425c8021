using System.Collections.Immutable;
using System.Net;
using System.Net.Security;
using System.Security.Cryptography.X509Certificates;
using Akka.Configuration;
using Akka.Event;
using Akka.Remote.Transport.DotNetty;

namespace PipelineRobustness.Pipeline.Security;

/// <summary>
/// A node's certificate with its key, and the check of its peers': mutual TLS for Akka.Remote and for the tensor lanes. Every peer must
/// show a certificate, and the refusal of one is logged in one line.
/// </summary>
public sealed class NodeCredentials : IDisposable
{
    private readonly X509Certificate2 _certificate;
    private readonly PeerCheck _check;
    private readonly CertifiedKeys _keys = new();

    internal NodeCredentials(X509Certificate2 certificate, PeerCheck check)
    {
        _certificate = certificate;
        _check = check;
        Node = CertifiedNames.Of(certificate)!;
        _keys.Add(certificate);
    }

    /// <summary>The Akka settings that go with <see cref="ForRemote"/>. Addresses then begin with <c>akka.ssl.tcp://</c>.</summary>
    public static Config Settings { get; } =
        ConfigurationFactory.ParseString($"akka.remote.dot-netty.tcp.enable-ssl = on\n{HandshakeFailures.Settings}");

    /// <summary>The node's name in its certificate.</summary>
    public string Node { get; }

    /// <summary>The node's name in a peer's certificate, which the handshake has checked; null if it has none.</summary>
    public static string? NameOf(X509Certificate2 certificate) => CertifiedNames.Of(certificate);

    /// <summary>Why peers would refuse a node with this name and host; null if they would not.</summary>
    public string? FaultAs(string node, string host) => _check.Fault(_certificate, PeerUsage.Server, host, node);

    /// <summary>The key by which this node signs: the certificate's, where that is of the kind.</summary>
    public NodeKey Key() => NodeKey.FromCertificate(_certificate);

    /// <summary>
    /// Why a peer of this name cannot sign by a key; null if it can. Asked after its handshake: the key must be that of a certificate of
    /// its name, so that no node can bring another's.
    /// </summary>
    public string? FaultOfKey(string node, ImmutableArray<byte> key) => _keys.Fault(node, key);

    /// <summary>The setup of the actor system for Akka.Remote.</summary>
    /// <param name="nodeAt">The node that is expected at a host and port, or null for any of the cluster's.</param>
    public DotNettySslSetup ForRemote(Func<string, int, string?>? nodeAt = null) => new(
        _certificate, suppressValidation: false, requireMutualAuthentication: true,
        (certificate, _, peer, _, log) =>
        {
            // For an incoming connection Akka passes the peer's socket, for an outgoing one the address: ssl.tcp://system@host:port.
            // This validator replaces Akka's check of the host; a peer that is neither is refused.
            var fault = IPEndPoint.TryParse(peer, out _) ? Fault(certificate, PeerUsage.Client, host: null, node: null)
                : Uri.TryCreate(peer, UriKind.Absolute, out var address) && address.Host.Length > 0
                    ? Fault(certificate, PeerUsage.Server, address.DnsSafeHost, nodeAt?.Invoke(address.DnsSafeHost, address.Port))
                : "its address cannot be read";
            if (fault is not null) log.Warning("refused peer {0}: {1}", peer, fault);
            return fault is null;
        });

    /// <summary>TLS for the accepting end of a lane.</summary>
    /// <param name="refused">Called with the reason when a peer is refused.</param>
    public SslServerAuthenticationOptions ForServer(Action<string>? refused = null) => new()
    {
        ServerCertificateContext = Context(),
        ClientCertificateRequired = true,
        CertificateRevocationCheckMode = X509RevocationMode.NoCheck,
        AllowRenegotiation = false,
        AllowTlsResume = false,
        RemoteCertificateValidationCallback = (_, certificate, _, _) =>
            Accepts(Fault(certificate as X509Certificate2, PeerUsage.Client, host: null, node: null), refused),
    };

    /// <summary>TLS for the connecting end of a lane.</summary>
    /// <param name="host">The peer's host.</param>
    /// <param name="node">The peer's name.</param>
    /// <param name="refused">Called with the reason when a peer is refused.</param>
    public SslClientAuthenticationOptions ForClient(string host, string node, Action<string>? refused = null) => Client(host, host, node, refused);

    /// <summary>TLS for a connection that asks any node of the cluster what it is called.</summary>
    /// <param name="host">The host by which it is reached, which may be none of its certificate's.</param>
    public SslClientAuthenticationOptions ForQuestion(string host) => Client(host, expectedHost: null, node: null, refused: null);

    /// <inheritdoc/>
    public void Dispose() => _certificate.Dispose();

    private SslClientAuthenticationOptions Client(string host, string? expectedHost, string? node, Action<string>? refused) => new()
    {
        TargetHost = host,
        ClientCertificateContext = Context(),
        CertificateRevocationCheckMode = X509RevocationMode.NoCheck,
        AllowRenegotiation = false,
        AllowTlsResume = false,
        RemoteCertificateValidationCallback = (_, certificate, _, _) =>
            Accepts(Fault(certificate as X509Certificate2, PeerUsage.Server, expectedHost, node), refused),
    };

    private string? Fault(X509Certificate2? certificate, PeerUsage usage, string? host, string? node)
    {
        var fault = _check.Fault(certificate, usage, host, node);
        if (fault is null) _keys.Add(certificate!);
        return fault;
    }

    private static bool Accepts(string? fault, Action<string>? refused)
    {
        if (fault is not null) refused?.Invoke(fault);
        return fault is null;
    }

    // Offline: peers have the authority's file, and nothing is downloaded.
    private SslStreamCertificateContext Context() => SslStreamCertificateContext.Create(_certificate, additionalCertificates: null, offline: true);
}
