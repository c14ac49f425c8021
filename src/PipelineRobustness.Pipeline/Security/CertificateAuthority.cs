using System.Net;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace PipelineRobustness.Pipeline.Security;

/// <summary>A certificate authority that exists in memory only: its key is never written.</summary>
internal sealed class CertificateAuthority : IDisposable
{
    private const int SerialBytes = 16;

    private readonly X509Certificate2 _own;

    public CertificateAuthority(string name, DateTimeOffset from, DateTimeOffset until)
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = new CertificateRequest($"CN={name}", key, HashAlgorithmName.SHA256);
        request.CertificateExtensions.Add(
            new X509BasicConstraintsExtension(certificateAuthority: true, hasPathLengthConstraint: true, pathLengthConstraint: 0, critical: true));
        request.CertificateExtensions.Add(new X509KeyUsageExtension(X509KeyUsageFlags.KeyCertSign | X509KeyUsageFlags.CrlSign, critical: true));
        request.CertificateExtensions.Add(new X509SubjectKeyIdentifierExtension(request.PublicKey, critical: false));
        _own = request.CreateSelfSigned(from, until);
    }

    /// <summary>Its own certificate, in PEM.</summary>
    public string Pem => _own.ExportCertificatePem();

    /// <summary>Makes a key and signs a certificate for it.</summary>
    /// <returns>Both in PEM.</returns>
    public (string Certificate, string Key) Issue(CertificateOrder order)
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = order.Request(key);
        request.CertificateExtensions.Add(
            X509AuthorityKeyIdentifierExtension.CreateFromCertificate(_own, includeKeyIdentifier: true, includeIssuerAndSerial: false));
        using var issued = request.Create(_own, order.From, order.Until, RandomNumberGenerator.GetBytes(SerialBytes));
        return (issued.ExportCertificatePem(), key.ExportPkcs8PrivateKeyPem());
    }

    /// <inheritdoc/>
    public void Dispose() => _own.Dispose();
}

/// <summary>The contents of a node's certificate.</summary>
/// <param name="Node">The node's name; null for a certificate without one.</param>
/// <param name="Hosts">Its host names and addresses.</param>
/// <param name="From">Valid from.</param>
/// <param name="Until">Valid until.</param>
internal sealed record CertificateOrder(string? Node, IReadOnlyList<string> Hosts, DateTimeOffset From, DateTimeOffset Until)
{
    /// <summary>Its purposes: by default, both ends of a connection.</summary>
    public IReadOnlyList<Oid> Purposes { get; init; } = [CertificatePurposes.Server, CertificatePurposes.Client];

    /// <summary>The request, to be signed.</summary>
    public CertificateRequest Request(ECDsa key)
    {
        var names = new SubjectAlternativeNameBuilder();
        if (Node is not null) names.AddUri(CertifiedNames.UriOf(Node));
        foreach (var host in Hosts)
        {
            if (IPAddress.TryParse(host, out var address)) names.AddIpAddress(address);
            else names.AddDnsName(host);
        }

        var request = new CertificateRequest($"CN={Node ?? "unnamed"}", key, HashAlgorithmName.SHA256);
        request.CertificateExtensions.Add(new X509BasicConstraintsExtension(false, false, 0, critical: true));
        request.CertificateExtensions.Add(new X509KeyUsageExtension(X509KeyUsageFlags.DigitalSignature, critical: true));
        if (Purposes.Count > 0) request.CertificateExtensions.Add(new X509EnhancedKeyUsageExtension([.. Purposes], critical: false));
        request.CertificateExtensions.Add(names.Build());
        request.CertificateExtensions.Add(new X509SubjectKeyIdentifierExtension(request.PublicKey, critical: false));
        return request;
    }
}
