using PipelineRobustness.Pipeline.Referee;
using PipelineRobustness.Pipeline.Settings;
using static TorchSharp.torch;

namespace PipelineRobustness.Adversity.Attacks;

/// <summary>By what a <see cref="Gambler"/> believes a micro-batch audited.</summary>
public enum AuditBelief
{
    /// <summary>The draw by the run's seed, which every member can work out.</summary>
    Draw,

    /// <summary>What the referee last asked for.</summary>
    Asked,
}

/// <summary>Lies about micro-batches of which it believes that no audit hears them.</summary>
public sealed record Gambler : AttackByAnother
{
    /// <inheritdoc/>
    public override string Kind => "gambler";

    /// <summary>
    /// What it goes by. draw: the draw from the seed (<c>defence.audit.secret = seed</c>), which it works out. asked: what it was last
    /// asked for, which it remembers; it believes that the same micro-batches are audited again.
    /// </summary>
    [Setting]
    public AuditBelief By { get; init; }

    /// <inheritdoc/>
    public override bool Remembers => By == AuditBelief.Asked;

    /// <inheritdoc/>
    public override Tensor Tamper(in AttackContext context, Tensor honest, IAttackMemory memory) =>
        IsAudited(context) ? honest : Lie(context, honest, memory);

    private bool IsAudited(in AttackContext context)
    {
        if (By == AuditBelief.Asked) return context.LastAsked.Contains(context.MicroBatch);
        var key = AuditDraw.PublicKey(context.Knowledge.Seed, AuditKind.Pass, context.Iteration, context.Attempt);
        return AuditDraw.HasPart(key, context.Stage, context.MicroBatch, context.Knowledge.Audit.Share);
    }
}
