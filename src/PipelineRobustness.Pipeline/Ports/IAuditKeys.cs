using System.Buffers.Binary;
using System.Security.Cryptography;
using PipelineRobustness.Pipeline.Referee;
using PipelineRobustness.Pipeline.Running;

namespace PipelineRobustness.Pipeline.Ports;

/// <summary>Draws the keys by which audits are drawn. It is asked when all statements of an attempt are in, and not before.</summary>
public interface IAuditKeys
{
    /// <summary>The key of an attempt.</summary>
    /// <param name="kind">What is audited.</param>
    /// <param name="iteration">The iteration.</param>
    /// <param name="attempt">The attempt.</param>
    ulong Draw(AuditKind kind, long iteration, int attempt);

    /// <summary>The keys that a run's settings ask for.</summary>
    static IAuditKeys Of(RunPlan plan)
    {
        ArgumentNullException.ThrowIfNull(plan);
        return plan.Defence.Audit.Secret == AuditSecret.Seed ? new SeededAuditKeys(plan.Seed) : new SecretAuditKeys();
    }
}

/// <summary>The keys that follow from a run's seed.</summary>
/// <param name="seed">The seed.</param>
public sealed class SeededAuditKeys(ulong seed) : IAuditKeys
{
    /// <inheritdoc/>
    public ulong Draw(AuditKind kind, long iteration, int attempt) => AuditDraw.PublicKey(seed, kind, iteration, attempt);
}

/// <summary>Keys from the operating system, which nobody knows beforehand.</summary>
public sealed class SecretAuditKeys : IAuditKeys
{
    /// <inheritdoc/>
    public ulong Draw(AuditKind kind, long iteration, int attempt)
    {
        Span<byte> bytes = stackalloc byte[sizeof(ulong)];
        RandomNumberGenerator.Fill(bytes);
        return BinaryPrimitives.ReadUInt64LittleEndian(bytes);
    }
}
