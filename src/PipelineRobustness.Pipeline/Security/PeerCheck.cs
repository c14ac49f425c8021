using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace PipelineRobustness.Pipeline.Security;

/// <summary>The peer's end of a connection.</summary>
internal enum PeerUsage
{
    /// <summary>This node connected to it.</summary>
    Server,

    /// <summary>It connected to this node.</summary>
    Client,
}

/// <summary>
/// Checks a peer's certificate: signed by the cluster's own authority and no other, valid now, explicitly meant for that end of a
/// connection, and with a node's name, the host and the expected node in it.
/// </summary>
internal sealed class PeerCheck(X509Certificate2Collection authority, TimeProvider clock)
{
    /// <summary>What is wrong with a certificate, in a few words; null if nothing is.</summary>
    /// <param name="certificate">The peer's certificate.</param>
    /// <param name="usage">The peer's end of the connection.</param>
    /// <param name="host">The host that this node connected to, or null.</param>
    /// <param name="node">The expected node, or null.</param>
    public string? Fault(X509Certificate2? certificate, PeerUsage usage, string? host, string? node)
    {
        if (certificate is null) return "no certificate";
        if (Chain(certificate, usage) is { } fault) return $"{certificate.Subject}: {fault}";
        if (!MayBe(certificate, usage)) return $"{certificate.Subject}: not meant for a {usage.ToString().ToLowerInvariant()}";
        if (CertifiedNames.Of(certificate) is not { } name) return $"{certificate.Subject}: without a node's name";
        if (host is not null && !certificate.MatchesHostname(host, allowWildcards: false, allowCommonName: false))
            return $"{certificate.Subject}: not for host {host}";
        return node is null || node == name ? null : $"for node {name}, not for {node}";
    }

    // Not the handshake's chain: that trusts the machine's authorities, and intermediates that the peer sends.
    private string? Chain(X509Certificate2 certificate, PeerUsage usage)
    {
        using var chain = new X509Chain();
        chain.ChainPolicy.TrustMode = X509ChainTrustMode.CustomRootTrust;
        chain.ChainPolicy.CustomTrustStore.AddRange(authority);
        chain.ChainPolicy.RevocationMode = X509RevocationMode.NoCheck;
        chain.ChainPolicy.DisableCertificateDownloads = true;
        chain.ChainPolicy.VerificationTimeIgnored = false;
        chain.ChainPolicy.VerificationTime = clock.GetUtcNow().LocalDateTime;
        chain.ChainPolicy.ApplicationPolicy.Add(Purpose(usage));
        if (chain.Build(certificate)) return null;
        var faults = chain.ChainStatus.Aggregate(X509ChainStatusFlags.NoError, (all, status) => all | status.Status);
        return faults.HasFlag(X509ChainStatusFlags.UntrustedRoot) || faults.HasFlag(X509ChainStatusFlags.PartialChain) ? "not signed by the cluster's authority"
            : faults.HasFlag(X509ChainStatusFlags.NotTimeValid) ? string.Create(
                System.Globalization.CultureInfo.InvariantCulture,
                $"it, or its authority, is not valid now; valid from {certificate.NotBefore.ToUniversalTime():u} to {certificate.NotAfter.ToUniversalTime():u}")
            : faults.HasFlag(X509ChainStatusFlags.NotValidForUsage) ? $"not meant for a {usage.ToString().ToLowerInvariant()}"
            : faults.ToString();
    }

    // A chain accepts a certificate without purposes for every purpose; here it must name them.
    private static bool MayBe(X509Certificate2 certificate, PeerUsage usage) =>
        certificate.Extensions.OfType<X509EnhancedKeyUsageExtension>()
            .Any(uses => uses.EnhancedKeyUsages.Cast<Oid>().Any(use => use.Value == Purpose(usage).Value));

    private static Oid Purpose(PeerUsage usage) => usage == PeerUsage.Server ? CertificatePurposes.Server : CertificatePurposes.Client;
}

/// <summary>The purposes of certificates.</summary>
internal static class CertificatePurposes
{
    /// <summary>The accepting end of a connection.</summary>
    public static Oid Server => new("1.3.6.1.5.5.7.3.1");

    /// <summary>The connecting end of a connection.</summary>
    public static Oid Client => new("1.3.6.1.5.5.7.3.2");
}
