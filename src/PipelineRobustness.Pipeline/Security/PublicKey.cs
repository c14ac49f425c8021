using System.Security.Cryptography;

namespace PipelineRobustness.Pipeline.Security;

/// <summary>The public key by which a node's signatures are verified. To import one takes longer than to verify a signature by it.</summary>
public sealed class PublicKey : IDisposable
{
    private static readonly string? Curve = ECCurve.NamedCurves.nistP256.Oid.Value;

    private readonly ECDsa _key;

    private PublicKey(ECDsa key) => _key = key;

    /// <summary>Imports a key.</summary>
    /// <param name="bytes">SubjectPublicKeyInfo in DER.</param>
    /// <returns>Null where these are not the bytes of a key of the curve.</returns>
    public static PublicKey? Import(ReadOnlySpan<byte> bytes)
    {
        var key = ECDsa.Create();
        try
        {
            key.ImportSubjectPublicKeyInfo(bytes, out _);
            if (IsOfCurve(key) && IsWrittenLikeThis(key, bytes)) return new PublicKey(key);
        }
        // The second for the number of a curve that there is none of here.
        catch (Exception e) when (e is CryptographicException or PlatformNotSupportedException)
        {
        }

        key.Dispose();
        return null;
    }

    /// <summary>Whether a signature is that of the key's owner over these bytes. False for bytes that are no signature.</summary>
    public bool Verifies(ReadOnlySpan<byte> bytes, ReadOnlySpan<byte> signature)
    {
        try
        {
            return SignatureForm.IsUsual(signature) && _key.VerifyData(bytes, signature, HashAlgorithmName.SHA256);
        }
        catch (CryptographicException)
        {
            return false;
        }
    }

    /// <inheritdoc/>
    public void Dispose() => _key.Dispose();

    /// <summary>Whether a key is of P-256.</summary>
    internal static bool IsOfCurve(ECDsa key) =>
        key.ExportParameters(includePrivateParameters: false).Curve is { IsNamed: true } curve && curve.Oid.Value == Curve;

    // A point can be written in several ways; a changed byte would not be noticed if more than one counted.
    private static bool IsWrittenLikeThis(ECDsa key, ReadOnlySpan<byte> bytes) => bytes.SequenceEqual(key.ExportSubjectPublicKeyInfo());
}
