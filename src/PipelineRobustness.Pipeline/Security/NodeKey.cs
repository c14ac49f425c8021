using System.Collections.Immutable;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace PipelineRobustness.Pipeline.Security;

/// <summary>
/// The key by which a node signs what it states: ECDSA over P-256 with SHA-256. Signatures differ from play to play, so that nothing
/// may depend on their bytes. Callable from any thread.
/// </summary>
public sealed class NodeKey : IDisposable
{
    // A key signs for one thread at a time.
    private readonly Lock _gate = new();

    // Drawn when it is first needed: most of ten thousand simulated nodes sign nothing.
    private readonly Lazy<ECDsa> _key;

    private NodeKey(Func<ECDsa> key) => _key = new(key);

    /// <summary>The public key, as SubjectPublicKeyInfo in DER.</summary>
    public ImmutableArray<byte> PublicKey
    {
        get
        {
            lock (_gate) return [.. _key.Value.ExportSubjectPublicKeyInfo()];
        }
    }

    /// <summary>A key that no other node has.</summary>
    public static NodeKey Draw() => new(() => ECDsa.Create(ECCurve.NamedCurves.nistP256));

    /// <summary>The key of a certificate; one that is drawn where the certificate has another kind of key, or no private one.</summary>
    public static NodeKey FromCertificate(X509Certificate2 certificate)
    {
        ArgumentNullException.ThrowIfNull(certificate);
        var key = PublicKeyOf(certificate) is null ? null : certificate.GetECDsaPrivateKey();
        return key is null ? Draw() : new NodeKey(() => key);
    }

    /// <summary>The public key of a certificate; null where it is not of this kind.</summary>
    public static ImmutableArray<byte>? PublicKeyOf(X509Certificate2 certificate)
    {
        ArgumentNullException.ThrowIfNull(certificate);
        using var key = certificate.GetECDsaPublicKey();
        return key is not null && Security.PublicKey.IsOfCurve(key) ? [.. key.ExportSubjectPublicKeyInfo()] : null;
    }

    /// <summary>Whether a signature is that of a key's owner over these bytes. False for bytes that are no key, or no signature.</summary>
    public static bool Verify(ReadOnlySpan<byte> publicKey, ReadOnlySpan<byte> bytes, ReadOnlySpan<byte> signature)
    {
        using var key = Security.PublicKey.Import(publicKey);
        return key?.Verifies(bytes, signature) == true;
    }

    /// <summary>The signature of these bytes: the two numbers, 32 bytes each.</summary>
    public ImmutableArray<byte> Sign(ReadOnlySpan<byte> bytes)
    {
        lock (_gate) return SignatureForm.Usual(_key.Value.SignData(bytes, HashAlgorithmName.SHA256));
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        if (_key.IsValueCreated) _key.Value.Dispose();
    }
}
