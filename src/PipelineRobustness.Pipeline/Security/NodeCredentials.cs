using System.Net;
using System.Net.Security;
using System.Security.Cryptography.X509Certificates;
using Akka.Configuration;
using Akka.Event;
using Akka.Remote.Transport.DotNetty;

namespace PipelineRobustness.Pipeline.Security;

/// <summary>
/// A node's certificate with its key, and the check of everybody else's: mutual TLS for Akka.Remote and for the tensor lanes.
/// Nobody is taken without a certificate, and a peer that is refused is named in one line.
/// </summary>
public sealed class NodeCredentials : IDisposable
{
    private readonly X509Certificate2 _certificate;
    private readonly PeerCheck _check;

    internal NodeCredentials(X509Certificate2 certificate, PeerCheck check)
    {
        _certificate = certificate;
        _check = check;
        Node = CertifiedNames.Of(certificate)!;
    }

    /// <summary>Akka's settings that go with <see cref="ForRemote"/>; its addresses then begin with <c>akka.ssl.tcp://</c>.</summary>
    public static Config Settings { get; } =
        ConfigurationFactory.ParseString($"akka.remote.dot-netty.tcp.enable-ssl = on\n{HandshakeFailures.Settings}");

    /// <summary>The node's name, by its certificate.</summary>
    public string Node { get; }

    /// <summary>The node that a peer's certificate is made out to; null where it names none. The certificate was checked in the handshake.</summary>
    public static string? NameOf(X509Certificate2 certificate) => CertifiedNames.Of(certificate);

    /// <summary>What a peer would find wrong with them where the node is called, and reached, so; null where they are good.</summary>
    public string? FaultAs(string node, string host) => _check.Fault(_certificate, PeerUsage.Server, host, node);

    /// <summary>What Akka.Remote needs, to be given to the actor system when it is made.</summary>
    /// <param name="nodeAt">Which node is expected at a host and port, where that is known; else any of the cluster's will do.</param>
    public DotNettySslSetup ForRemote(Func<string, int, string?>? nodeAt = null) => new(
        _certificate, suppressValidation: false, requireMutualAuthentication: true,
        (certificate, _, peer, _, log) =>
        {
            // Inbound Akka tells the peer's socket, outbound the address that was asked for: ssl.tcp://system@host:port. A
            // validator of one's own takes the place of Akka's check of the host, and what is neither is not taken.
            var fault = IPEndPoint.TryParse(peer, out _) ? _check.Fault(certificate, PeerUsage.Client, host: null, node: null)
                : Uri.TryCreate(peer, UriKind.Absolute, out var address) && address.Host.Length > 0
                    ? _check.Fault(certificate, PeerUsage.Server, address.DnsSafeHost, nodeAt?.Invoke(address.DnsSafeHost, address.Port))
                : "its address cannot be read";
            if (fault is not null) log.Warning("refused peer {0}: {1}", peer, fault);
            return fault is null;
        });

    /// <summary>For the end of a lane that is connected to.</summary>
    /// <param name="refused">Hears why a peer is refused, in one line.</param>
    public SslServerAuthenticationOptions ForServer(Action<string>? refused = null) => new()
    {
        ServerCertificateContext = Shown(),
        ClientCertificateRequired = true,
        CertificateRevocationCheckMode = X509RevocationMode.NoCheck,
        AllowRenegotiation = false,
        AllowTlsResume = false,
        RemoteCertificateValidationCallback = (_, certificate, _, _) =>
            Takes(_check.Fault(certificate as X509Certificate2, PeerUsage.Client, host: null, node: null), refused),
    };

    /// <summary>For the end of a lane that connects.</summary>
    /// <param name="host">The host that is connected to.</param>
    /// <param name="node">The node that is expected there.</param>
    /// <param name="refused">Hears why a peer is refused, in one line.</param>
    public SslClientAuthenticationOptions ForClient(string host, string node, Action<string>? refused = null) => new()
    {
        TargetHost = host,
        ClientCertificateContext = Shown(),
        CertificateRevocationCheckMode = X509RevocationMode.NoCheck,
        AllowRenegotiation = false,
        AllowTlsResume = false,
        RemoteCertificateValidationCallback = (_, certificate, _, _) =>
            Takes(_check.Fault(certificate as X509Certificate2, PeerUsage.Server, host, node), refused),
    };

    /// <inheritdoc/>
    public void Dispose() => _certificate.Dispose();

    private static bool Takes(string? fault, Action<string>? refused)
    {
        if (fault is not null) refused?.Invoke(fault);
        return fault is null;
    }

    // Offline: whoever checks it has the authority's file, and nothing is to be looked for elsewhere.
    private SslStreamCertificateContext Shown() => SslStreamCertificateContext.Create(_certificate, additionalCertificates: null, offline: true);
}
