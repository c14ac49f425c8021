using System.Globalization;
using System.Numerics;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using PipelineRobustness.Pipeline.Security;

namespace PipelineRobustness.Tests.Pipeline.Security;

/// <summary>The keys by which nodes sign.</summary>
public sealed class NodeKeySpecs
{
    private static readonly byte[] Bytes = [1, 2, 3], Others = [1, 2, 4];

    [Fact]
    public void A_signature_holds_for_its_bytes_and_its_key_alone()
    {
        using var key = NodeKey.Draw();
        using var other = NodeKey.Draw();
        var signature = key.Sign(Bytes).AsSpan();
        Assert.True(NodeKey.Verify(key.PublicKey.AsSpan(), Bytes, signature));
        Assert.False(NodeKey.Verify(key.PublicKey.AsSpan(), Others, signature));
        Assert.False(NodeKey.Verify(other.PublicKey.AsSpan(), Bytes, signature));
        Assert.False(NodeKey.Verify(key.PublicKey.AsSpan(), Bytes, other.Sign(Bytes).AsSpan()));
    }

    [Fact]
    public void A_signature_with_a_flipped_bit_holds_for_nothing()
    {
        using var key = NodeKey.Draw();
        var signature = key.Sign(Bytes).ToArray();
        for (var bit = 0; bit < signature.Length * 8; bit += 37)
        {
            signature[bit / 8] ^= (byte)(1 << (bit % 8));
            Assert.False(NodeKey.Verify(key.PublicKey.AsSpan(), Bytes, signature));
            signature[bit / 8] ^= (byte)(1 << (bit % 8));
        }

        Assert.True(NodeKey.Verify(key.PublicKey.AsSpan(), Bytes, signature));
    }

    /// <summary>Where (r, s) is a signature, (r, n - s) is one as well.</summary>
    [Fact]
    public void A_signature_has_one_form()
    {
        var order = BigInteger.Parse("0FFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551", NumberStyles.HexNumber, CultureInfo.InvariantCulture);
        using var key = NodeKey.Draw();
        // Half of all signatures have the larger s to begin with.
        for (var one = 0; one < 8; one++)
        {
            var signature = key.Sign(Bytes).ToArray();
            Assert.True(NodeKey.Verify(key.PublicKey.AsSpan(), Bytes, signature));
            var other = (order - new BigInteger(signature.AsSpan(32), isUnsigned: true, isBigEndian: true)).ToByteArray(isUnsigned: true, isBigEndian: true);
            Assert.False(NodeKey.Verify(key.PublicKey.AsSpan(), Bytes, [.. signature[..32], .. new byte[32 - other.Length], .. other]));
        }
    }

    [Fact]
    public void A_key_with_a_flipped_bit_is_refused()
    {
        using var key = NodeKey.Draw();
        var (signature, changed) = (key.Sign(Bytes), key.PublicKey.ToArray());
        for (var bit = 0; bit < changed.Length * 8; bit++)
        {
            changed[bit / 8] ^= (byte)(1 << (bit % 8));
            Assert.False(NodeKey.Verify(changed, Bytes, signature.AsSpan()));
            changed[bit / 8] ^= (byte)(1 << (bit % 8));
        }
    }

    [Fact]
    public void Bytes_that_are_no_key_or_no_signature_are_refused()
    {
        using var key = NodeKey.Draw();
        var signature = key.Sign(Bytes).AsSpan();
        Assert.False(NodeKey.Verify([], Bytes, signature));
        Assert.False(NodeKey.Verify(Others, Bytes, signature));
        Assert.False(NodeKey.Verify([.. key.PublicKey, 0], Bytes, signature));
        Assert.False(NodeKey.Verify(key.PublicKey.AsSpan(), Bytes, []));
        Assert.False(NodeKey.Verify(key.PublicKey.AsSpan(), Bytes, [.. signature, 0]));
    }

    [Fact]
    public void A_key_of_another_curve_is_refused()
    {
        using var wide = ECDsa.Create(ECCurve.NamedCurves.nistP384);
        Assert.False(NodeKey.Verify(wide.ExportSubjectPublicKeyInfo(), Bytes, wide.SignData(Bytes, HashAlgorithmName.SHA256)));
    }

    [Fact]
    public void A_certificate_s_key_signs_for_its_node()
    {
        using var certificate = SelfSigned(ECCurve.NamedCurves.nistP256);
        using var key = NodeKey.FromCertificate(certificate);
        Assert.Equal<byte>(NodeKey.PublicKeyOf(certificate)!.Value, key.PublicKey);
        using var own = certificate.GetECDsaPublicKey()!;
        Assert.True(own.VerifyData(Bytes, key.Sign(Bytes).AsSpan(), HashAlgorithmName.SHA256));
    }

    [Fact]
    public void A_node_with_another_kind_of_certificate_draws_a_key()
    {
        using var rsa = RSA.Create(2048);
        using var ofRsa = SelfSigned(new CertificateRequest("CN=node", rsa, HashAlgorithmName.SHA256, RSASignaturePadding.Pkcs1));
        using var wide = SelfSigned(ECCurve.NamedCurves.nistP384);
        using var first = NodeKey.FromCertificate(ofRsa);
        using var second = NodeKey.FromCertificate(wide);
        Assert.Null(NodeKey.PublicKeyOf(ofRsa));
        Assert.Null(NodeKey.PublicKeyOf(wide));
        Assert.NotEqual<byte>(first.PublicKey, second.PublicKey);
        Assert.True(NodeKey.Verify(first.PublicKey.AsSpan(), Bytes, first.Sign(Bytes).AsSpan()));
    }

    [Fact]
    public void Threads_sign_at_the_same_time()
    {
        using var key = NodeKey.Draw();
        Parallel.For(0, 64, n =>
        {
            byte[] bytes = [(byte)n];
            Assert.True(NodeKey.Verify(key.PublicKey.AsSpan(), bytes, key.Sign(bytes).AsSpan()));
        });
    }

    private static X509Certificate2 SelfSigned(ECCurve curve)
    {
        using var key = ECDsa.Create(curve);
        return SelfSigned(new CertificateRequest("CN=node", key, HashAlgorithmName.SHA256));
    }

    private static X509Certificate2 SelfSigned(CertificateRequest request) =>
        request.CreateSelfSigned(TimeProvider.System.GetUtcNow().AddDays(-1), TimeProvider.System.GetUtcNow().AddDays(1));
}
