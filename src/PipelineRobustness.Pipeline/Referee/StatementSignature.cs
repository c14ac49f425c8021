using System.Collections.Immutable;
using PipelineRobustness.Pipeline.Messages;
using PipelineRobustness.Pipeline.Security;

namespace PipelineRobustness.Pipeline.Referee;

/// <summary>A node's signature of what a stage states.</summary>
/// <param name="Stage">The stage.</param>
/// <param name="Node">The name of the node that it is placed on.</param>
/// <param name="PublicKey">The node's public key, as SubjectPublicKeyInfo in DER.</param>
/// <param name="Signature">The signature.</param>
public sealed record StatementSignature(int Stage, string Node, ImmutableArray<byte> PublicKey, ImmutableArray<byte> Signature)
{
    /// <summary>Whether it is that of a statement of a pass.</summary>
    public bool IsOf(string run, StepId work, Statement statement)
    {
        using var key = Security.PublicKey.Import(PublicKey.AsSpan());
        return IsOf(key, run, work, statement);
    }

    /// <summary>The same, where the public key has been imported; null for none.</summary>
    internal bool IsOf(PublicKey? key, string run, StepId work, Statement statement) =>
        key?.Verifies(StatementBytes.Of(run, work, statement), Signature.AsSpan()) == true;
}
