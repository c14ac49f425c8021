using PipelineRobustness.Pipeline.Settings;
using static TorchSharp.torch;

namespace PipelineRobustness.Adversity.Attacks;

/// <summary>An attack that decides when, or how much, to lie; what the lie is another kind of attack decides, with its defaults.</summary>
public abstract record AttackByAnother : Attack
{
    /// <summary>Which lie.</summary>
    [Setting<LieKind>]
    public string Of { get; init; } = "sign-flip";

    /// <inheritdoc/>
    public override bool IsRandom => Other.IsRandom;

    /// <inheritdoc/>
    public override bool NeedsInput => Other.NeedsInput;

    private Attack Other => AttackCatalog.Create(Of) with { Direction = Direction };

    /// <summary>The other attack's lie.</summary>
    protected Tensor Lie(in AttackContext context, Tensor honest, IAttackMemory memory) => Other.Tamper(context, honest, memory);
}

/// <summary>An attack that another one may lie by: it lies itself, and needs no memory of earlier iterations.</summary>
public sealed record LieKind : SettingKind
{
    /// <inheritdoc/>
    public override string Expected => Kinds.Expected;

    private static OneOf Kinds =>
        new([.. AttackCatalog.Kinds.Where(kind => AttackCatalog.Create(kind) is { Accuses: false, Remembers: false } and not AttackByAnother)]);

    /// <inheritdoc/>
    public override object? Read(string text) => Kinds.Read(text);
}
