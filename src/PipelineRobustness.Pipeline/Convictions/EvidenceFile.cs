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

/// <summary>A node's signature of what a stage states.</summary>
/// <param name="Stage">The stage.</param>
/// <param name="Node">The name of the node that held it.</param>
/// <param name="PublicKey">The node's public key, as SubjectPublicKeyInfo in DER.</param>
/// <param name="Signature">The signature.</param>
public sealed record StatementSignature(int Stage, string Node, ImmutableArray<byte> PublicKey, ImmutableArray<byte> Signature)
{
    /// <summary>Whether it is that of a statement of a pass.</summary>
    internal bool IsOf(EvidenceContent content, Statement statement) =>
        NodeKey.Verify(PublicKey.AsSpan(), StatementBytes.Of(content.Run, content.Work, statement), Signature.AsSpan());
}
