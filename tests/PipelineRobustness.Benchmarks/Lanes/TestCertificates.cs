using System.Net.Security;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using PipelineRobustness.Pipeline.Lanes;

namespace PipelineRobustness.Benchmarks;

/// <summary>A temporary certificate authority, and certificates for nodes.</summary>
public sealed class TestCertificates : IDisposable
{
    private readonly X509Certificate2 _authority;
    private readonly List<X509Certificate2> _issued = [];

    /// <summary>Creates the authority.</summary>
    public TestCertificates()
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = new CertificateRequest("CN=authority", key, HashAlgorithmName.SHA256);
        request.CertificateExtensions.Add(new X509BasicConstraintsExtension(true, false, 0, true));
        _authority = request.CreateSelfSigned(Yesterday, Yesterday.AddDays(30));
    }

    private static DateTimeOffset Yesterday => TimeProvider.System.GetUtcNow().AddDays(-1);

    /// <summary>The lane security of a node with this name.</summary>
    public LaneSecurity Of(string node) => new(Server(node), _ => Client(node), certificate => certificate.GetNameInfo(X509NameType.SimpleName, false));

    /// <summary>The options for incoming connections.</summary>
    public SslServerAuthenticationOptions Server(string node) => new()
    {
        ServerCertificate = Certificate(node),
        ClientCertificateRequired = true,
        RemoteCertificateValidationCallback = (_, certificate, _, _) => certificate is X509Certificate2 one && IsIssuedByAuthority(one),
    };

    /// <summary>The options for outgoing connections.</summary>
    public SslClientAuthenticationOptions Client(string node, bool shows = true) => new()
    {
        TargetHost = "node",
        ClientCertificates = shows ? [Certificate(node)] : [],
        RemoteCertificateValidationCallback = (_, certificate, _, _) => certificate is X509Certificate2 one && IsIssuedByAuthority(one),
    };

    /// <inheritdoc/>
    public void Dispose()
    {
        foreach (var certificate in _issued) certificate.Dispose();
        _authority.Dispose();
    }

    private X509Certificate2 Certificate(string node)
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = new CertificateRequest($"CN={node}", key, HashAlgorithmName.SHA256);
        using var bare = request.Create(_authority, Yesterday, Yesterday.AddDays(29), RandomNumberGenerator.GetBytes(8));
        using var whole = bare.CopyWithPrivateKey(key);
        var certificate = X509CertificateLoader.LoadPkcs12(whole.Export(X509ContentType.Pkcs12), null);
        _issued.Add(certificate);
        return certificate;
    }

    private bool IsIssuedByAuthority(X509Certificate2 certificate)
    {
        using var chain = new X509Chain();
        chain.ChainPolicy.TrustMode = X509ChainTrustMode.CustomRootTrust;
        chain.ChainPolicy.CustomTrustStore.Add(_authority);
        chain.ChainPolicy.RevocationMode = X509RevocationMode.NoCheck;
        return chain.Build(certificate);
    }
}
