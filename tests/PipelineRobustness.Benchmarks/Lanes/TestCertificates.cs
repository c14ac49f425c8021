using System.Net.Security;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using PipelineRobustness.Pipeline.Lanes;

namespace PipelineRobustness.Benchmarks;

/// <summary>An authority made for the moment, and certificates of nodes that it vouches for.</summary>
public sealed class TestCertificates : IDisposable
{
    private readonly X509Certificate2 _authority;
    private readonly List<X509Certificate2> _made = [];

    /// <summary>Makes the authority.</summary>
    public TestCertificates()
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = new CertificateRequest("CN=authority", key, HashAlgorithmName.SHA256);
        request.CertificateExtensions.Add(new X509BasicConstraintsExtension(true, false, 0, true));
        _authority = request.CreateSelfSigned(Yesterday, Yesterday.AddDays(30));
    }

    private static DateTimeOffset Yesterday => TimeProvider.System.GetUtcNow().AddDays(-1);

    /// <summary>What a node of that name opens its lanes with.</summary>
    public LaneSecurity Of(string node) => new(Server(node), _ => Client(node), certificate => certificate.GetNameInfo(X509NameType.SimpleName, false));

    /// <summary>For connections that come in.</summary>
    public SslServerAuthenticationOptions Server(string node) => new()
    {
        ServerCertificate = Certificate(node),
        ClientCertificateRequired = true,
        RemoteCertificateValidationCallback = (_, certificate, _, _) => certificate is X509Certificate2 one && Vouches(one),
    };

    /// <summary>For connections that go out.</summary>
    public SslClientAuthenticationOptions Client(string node, bool shows = true) => new()
    {
        TargetHost = "node",
        ClientCertificates = shows ? [Certificate(node)] : [],
        RemoteCertificateValidationCallback = (_, certificate, _, _) => certificate is X509Certificate2 one && Vouches(one),
    };

    /// <inheritdoc/>
    public void Dispose()
    {
        foreach (var certificate in _made) certificate.Dispose();
        _authority.Dispose();
    }

    private X509Certificate2 Certificate(string node)
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = new CertificateRequest($"CN={node}", key, HashAlgorithmName.SHA256);
        using var bare = request.Create(_authority, Yesterday, Yesterday.AddDays(29), RandomNumberGenerator.GetBytes(8));
        using var whole = bare.CopyWithPrivateKey(key);
        var certificate = X509CertificateLoader.LoadPkcs12(whole.Export(X509ContentType.Pkcs12), null);
        _made.Add(certificate);
        return certificate;
    }

    private bool Vouches(X509Certificate2 certificate)
    {
        using var chain = new X509Chain();
        chain.ChainPolicy.TrustMode = X509ChainTrustMode.CustomRootTrust;
        chain.ChainPolicy.CustomTrustStore.Add(_authority);
        chain.ChainPolicy.RevocationMode = X509RevocationMode.NoCheck;
        return chain.Build(certificate);
    }
}
