using System.Collections.Immutable;
using PipelineRobustness.Pipeline.Referee;
using PipelineRobustness.Pipeline.Security;

namespace PipelineRobustness.Pipeline.Convictions;

/// <summary><c>evidence.json</c>: what is written of a conviction, and who has signed it.</summary>
/// <param name="Content">What is written.</param>
/// <param name="Signatures">By stage: the signatures of the statements.</param>
/// <param name="Server">The public key of the server's node, as SubjectPublicKeyInfo in DER.</param>
/// <param name="Signature">The server's signature over all lines before this one.</param>
public sealed record EvidenceFile(
    EvidenceContent Content, ImmutableArray<StatementSignature> Signatures, ImmutableArray<byte> Server, ImmutableArray<byte> Signature)
{
    /// <summary>The file that a server signs.</summary>
    internal static EvidenceFile Sign(EvidenceContent content, ImmutableArray<StatementSignature> signatures, NodeKey key)
    {
        var file = new EvidenceFile(content, signatures, key.PublicKey, []);
        return file with { Signature = key.Sign(EvidenceText.Signed(file)) };
    }

    /// <summary>Whether it bears the signature of the server's key.</summary>
    internal bool IsSigned => NodeKey.Verify(Server.AsSpan(), EvidenceText.Signed(this), Signature.AsSpan());
}
