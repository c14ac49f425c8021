using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using PipelineRobustness.Pipeline.Security;

namespace PipelineRobustness.Tests.Pipeline.Security;

/// <summary>Good and bad credentials of peers, created for each test.</summary>
internal sealed class CredentialFiles : IDisposable
{
    public const string Host = "127.0.0.1";

    private readonly CertificateAuthority _ours = Authority("ours"), _other = Authority("other");
    private readonly TemporaryFolder _folder = new();

    /// <summary>Each reason for a refusal, as a client and as a server: the certificate shown, and the text of the line.</summary>
    public static TheoryData<string, string, string> Refused => new()
    {
        { "none", "client", "no certificate" },
        { "other authority", "client", "CN=node-2: not signed by the cluster's authority" },
        { "other authority", "server", "CN=node-2: not signed by the cluster's authority" },
        { "self-signed", "client", "CN=node-2: not signed by the cluster's authority" },
        { "self-signed", "server", "CN=node-2: not signed by the cluster's authority" },
        { "expired", "client", "is not valid now" },
        { "expired", "server", "is not valid now" },
        { "not yet valid", "client", "is not valid now" },
        { "not yet valid", "server", "is not valid now" },
        { "wrong host", "server", "CN=node-2: not for host 127.0.0.1" },
        { "for servers only", "client", "CN=node-2: not meant for a client" },
        { "for clients only", "server", "CN=node-2: not meant for a server" },
        { "for nothing said", "client", "CN=node-2: not meant for a client" },
        { "for nothing said", "server", "CN=node-2: not meant for a server" },
        { "no node", "client", "CN=unnamed: without a node's name" },
        { "no node", "server", "CN=unnamed: without a node's name" },
        { "of another node", "server", "for node node-3, not for node-2" },
    };

    private static DateTimeOffset Now => TimeProvider.System.GetUtcNow();

    private static CertificateOrder Good => new("node-2", ["localhost", Host], Now.AddDays(-2), Now.AddDays(2));

    /// <summary>A node's good credentials, read from files as a node reads them.</summary>
    public NodeCredentials Of(string node)
    {
        var (certificate, key) = _ours.Issue(Good with { Node = node });
        return new ClusterTls(File("ca.pem", _ours.Pem), File($"{node}.pem", certificate), File($"{node}.key", key)).Load(TimeProvider.System);
    }

    /// <summary>A node's certificate with a key of another curve.</summary>
    public static X509Certificate2 Wide(string node)
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP384);
        return (Good with { Node = node }).Request(key).CreateSelfSigned(Good.From, Good.Until);
    }

    /// <summary>The certificate, with its key, that is shown in a case; null for none.</summary>
    public X509Certificate2? Shown(string credentials) => credentials switch
    {
        "none" => null,
        "other authority" => Issued(_other, Good),
        "self-signed" => SelfSigned(),
        "expired" => Issued(_ours, Good with { Until = Now.AddMinutes(-1) }),
        "not yet valid" => Issued(_ours, Good with { From = Now.AddDays(1) }),
        "wrong host" => Issued(_ours, Good with { Hosts = ["elsewhere.example", "127.0.0.2"] }),
        "for servers only" => Issued(_ours, Good with { Purposes = [CertificatePurposes.Server] }),
        "for clients only" => Issued(_ours, Good with { Purposes = [CertificatePurposes.Client] }),
        "for nothing said" => Issued(_ours, Good with { Purposes = [] }),
        "no node" => Issued(_ours, Good with { Node = null }),
        "of another node" => Issued(_ours, Good with { Node = "node-3" }),
        "good" => Issued(_ours, Good),
        _ => throw new ArgumentOutOfRangeException(nameof(credentials)),
    };

    public void Dispose()
    {
        _ours.Dispose();
        _other.Dispose();
        _folder.Dispose();
    }

    private static CertificateAuthority Authority(string name) => new(name, Now.AddDays(-3), Now.AddDays(3));

    private static X509Certificate2 Issued(CertificateAuthority authority, CertificateOrder order)
    {
        var (certificate, key) = authority.Issue(order);
        return X509Certificate2.CreateFromPem(certificate, key);
    }

    private static X509Certificate2 SelfSigned()
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        return Good.Request(key).CreateSelfSigned(Good.From, Good.Until);
    }

    private string File(string name, string text)
    {
        var path = Path.Combine(_folder.Path, name);
        System.IO.File.WriteAllText(path, text);
        return path;
    }
}
