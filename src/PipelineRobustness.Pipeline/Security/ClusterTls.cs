using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using PipelineRobustness.Models;
using PipelineRobustness.Models.Files;

namespace PipelineRobustness.Pipeline.Security;

/// <summary>The PEM files of a node, from the settings <c>cluster.tls { ca, certificate, key }</c>.</summary>
/// <param name="Ca">The cluster's own authority, with its intermediates, if any. No other is trusted.</param>
/// <param name="Certificate">The node's certificate, for both ends of a connection, with the node's name and hosts.</param>
/// <param name="Key">The certificate's private key, not encrypted.</param>
public sealed record ClusterTls(string Ca, string Certificate, string Key)
{
    private const int BytesMost = 1 << 20;

    /// <summary>Reads and checks the files: what a peer would refuse is refused here first.</summary>
    /// <param name="clock">The clock of the check.</param>
    /// <exception cref="BadInputException">Names the setting, the file, what was expected and what was found.</exception>
    public NodeCredentials Load(TimeProvider clock)
    {
        var authority = Authority(Read("ca", Ca));
        var certificate = Own(Read("certificate", Certificate));
        var check = new PeerCheck(authority, clock);
        foreach (var usage in Enum.GetValues<PeerUsage>())
            if (check.Fault(certificate, usage, host: null, node: null) is { } fault)
                throw Bad("certificate", Certificate, $"a certificate that peers accept, signed by the authority in {Ca}", fault);
        return new NodeCredentials(WithKey(certificate, Read("key", Key)), check);
    }

    private static string Read(string setting, string path)
    {
        try
        {
            return UserFile.ReadText(path, BytesMost);
        }
        catch (BadInputException e)
        {
            throw new BadInputException($"cluster.tls.{setting}: {e.Message}", e);
        }
    }

    private X509Certificate2Collection Authority(string pem)
    {
        var all = new X509Certificate2Collection();
        try
        {
            all.ImportFromPem(pem);
        }
        catch (CryptographicException e)
        {
            throw Bad("ca", Ca, "PEM certificates", "unreadable ones", e);
        }

        if (all.Count == 0) throw Bad("ca", Ca, "a PEM certificate", "none");
        foreach (var one in all.Where(one => one.Extensions.OfType<X509BasicConstraintsExtension>().All(basic => !basic.CertificateAuthority)))
            throw Bad("ca", Ca, "certificates of an authority", $"{one.Subject}, which may not sign others");
        return all;
    }

    private X509Certificate2 Own(string pem)
    {
        try
        {
            return X509Certificate2.CreateFromPem(pem);
        }
        catch (CryptographicException e)
        {
            throw Bad("certificate", Certificate, "a PEM certificate", "none", e);
        }
    }

    private X509Certificate2 WithKey(X509Certificate2 certificate, string pem)
    {
        if (!PemEncoding.TryFind(pem, out var found) || !pem[found.Label].EndsWith("PRIVATE KEY", StringComparison.Ordinal))
            throw Bad("key", Key, "a PEM private key", "none");
        if (pem[found.Label].StartsWith("ENCRYPTED", StringComparison.Ordinal))
            throw Bad("key", Key, "a private key that is not encrypted", "one that is");
        try
        {
            using (certificate) return X509Certificate2.CreateFromPem(certificate.ExportCertificatePem(), pem);
        }
        catch (Exception e) when (e is CryptographicException or ArgumentException)
        {
            throw Bad("key", Key, $"the private key of {Certificate}", "another, or a damaged one", e);
        }
    }

    private static BadInputException Bad(string setting, string path, string expected, string found, Exception? inner = null) =>
        new($"cluster.tls.{setting}: {path}: expected {expected}, found {found}", inner);
}
