using System.Collections.Concurrent;
using System.Collections.Immutable;
using System.Security.Cryptography.X509Certificates;

namespace PipelineRobustness.Pipeline.Security;

/// <summary>
/// The keys in certificates that were accepted, by the node's name in them. The cluster's authority has signed that they belong together,
/// so that it does not matter which peer showed the certificate. Callable from any thread.
/// </summary>
internal sealed class CertifiedKeys
{
    // A key in hex; empty for a certificate with another kind of key. Several where a node came back with a new certificate.
    private readonly ConcurrentDictionary<string, ImmutableHashSet<string>> _byNode = [];

    /// <summary>A certificate was accepted.</summary>
    public void Add(X509Certificate2 certificate)
    {
        if (CertifiedNames.Of(certificate) is not { } node) return;
        var key = NodeKey.PublicKeyOf(certificate) is { } found ? Convert.ToHexString(found.AsSpan()) : "";
        _byNode.AddOrUpdate(node, [key], (_, keys) => keys.Add(key));
    }

    /// <summary>Why a node cannot have a key, in a few words; null if it can. One whose certificate has another kind of key may draw any.</summary>
    public string? Fault(string node, ImmutableArray<byte> key) =>
        !_byNode.TryGetValue(node, out var keys) ? "it has shown no certificate"
        : keys.Contains("") || keys.Contains(Convert.ToHexString(key.AsSpan())) ? null
        : "its certificate has another key";
}
