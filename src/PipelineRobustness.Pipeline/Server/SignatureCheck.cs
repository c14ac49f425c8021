using System.Collections.Immutable;
using PipelineRobustness.Pipeline.Messages;
using PipelineRobustness.Pipeline.Referee;
using PipelineRobustness.Pipeline.Security;

namespace PipelineRobustness.Pipeline.Server;

/// <summary>Verifies the signatures of statements, on the server's thread: so it imports each node's key once.</summary>
/// <param name="run">The run's name.</param>
internal sealed class SignatureCheck(string run)
{
    // Of each stage the key of the node that it was on last, with its bytes; null where these are no key.
    private readonly Dictionary<int, (ImmutableArray<byte> Bytes, PublicKey? Key)> _keys = [];

    /// <summary>Whether a signature is that of a statement.</summary>
    public bool Holds(StatementSignature signature, PassStated stated) => signature.IsOf(KeyOf(signature), run, stated.Work, stated.Statement);

    /// <summary>Lets go of the keys.</summary>
    public void Clear()
    {
        foreach (var (_, key) in _keys.Values) key?.Dispose();
        _keys.Clear();
    }

    private PublicKey? KeyOf(StatementSignature signature)
    {
        var (stage, bytes) = (signature.Stage, signature.PublicKey);
        if (_keys.TryGetValue(stage, out var known))
        {
            if (known.Bytes.AsSpan().SequenceEqual(bytes.AsSpan())) return known.Key;
            known.Key?.Dispose();
        }

        var key = PublicKey.Import(bytes.AsSpan());
        _keys[stage] = (bytes, key);
        return key;
    }
}
