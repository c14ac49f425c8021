using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace PipelineRobustness.Pipeline.Security;

/// <summary>What a peer is, as seen from here.</summary>
internal enum PeerUsage
{
    /// <summary>It was connected to.</summary>
    Server,

    /// <summary>It connected.</summary>
    Client,
}

/// <summary>
/// Whether a peer's certificate is taken: signed by the cluster's own authority and no other, valid now, for that end of a
/// connection by its own word, made out to a node, to the host that was connected to, and to the node that was expected.
/// </summary>
internal sealed class PeerCheck(X509Certificate2Collection authority, TimeProvider clock)
{
    /// <summary>What is wrong with a certificate, in a few words; null where it is good.</summary>
    /// <param name="certificate">What the peer showed.</param>
    /// <param name="usage">What the peer is.</param>
    /// <param name="host">The host that was connected to, where that is known.</param>
    /// <param name="node">The node that was expected, where that is known.</param>
    public string? Fault(X509Certificate2? certificate, PeerUsage usage, string? host, string? node)
    {
        if (certificate is null) return "no certificate";
        if (Chain(certificate, usage) is { } fault) return $"{certificate.Subject}: {fault}";
        if (!MayBe(certificate, usage)) return $"{certificate.Subject}: not meant for a {usage.ToString().ToLowerInvariant()}";
        if (CertifiedNames.Of(certificate) is not { } name) return $"{certificate.Subject}: made out to no node";
        if (host is not null && !certificate.MatchesHostname(host, allowWildcards: false, allowCommonName: false))
            return $"{certificate.Subject}: not made out to host {host}";
        return node is null || node == name ? null : $"made out to node {name}, not to {node}";
    }

    // Built here and not taken from the handshake: what that trusts is the machine's, and the peer may enclose what it likes.
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
        return faults.HasFlag(X509ChainStatusFlags.UntrustedRoot) || faults.HasFlag(X509ChainStatusFlags.PartialChain) ? "not by the cluster's authority"
            : faults.HasFlag(X509ChainStatusFlags.NotTimeValid) ? string.Create(
                System.Globalization.CultureInfo.InvariantCulture,
                $"it, or who signed it, is not valid now; valid from {certificate.NotBefore.ToUniversalTime():u} to {certificate.NotAfter.ToUniversalTime():u}")
            : faults.HasFlag(X509ChainStatusFlags.NotValidForUsage) ? $"not meant for a {usage.ToString().ToLowerInvariant()}"
            : faults.ToString();
    }

    // A chain takes a certificate that says nothing of its use for any; here it has to say so.
    private static bool MayBe(X509Certificate2 certificate, PeerUsage usage) =>
        certificate.Extensions.OfType<X509EnhancedKeyUsageExtension>()
            .Any(uses => uses.EnhancedKeyUsages.Cast<Oid>().Any(use => use.Value == Purpose(usage).Value));

    private static Oid Purpose(PeerUsage usage) => usage == PeerUsage.Server ? CertificatePurposes.Server : CertificatePurposes.Client;
}

/// <summary>What a certificate may be for.</summary>
internal static class CertificatePurposes
{
    /// <summary>The end that is connected to.</summary>
    public static Oid Server => new("1.3.6.1.5.5.7.3.1");

    /// <summary>The end that connects.</summary>
    public static Oid Client => new("1.3.6.1.5.5.7.3.2");
}
