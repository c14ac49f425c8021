using PipelineRobustness.Models.Training;
using PipelineRobustness.Pipeline.Settings;
using PipelineRobustness.Pipeline.Verification;
using PipelineRobustness.Pipeline.Verification.Detectors;
using static TorchSharp.torch;

namespace PipelineRobustness.Adversity.Attacks;

/// <summary>
/// Lies as much as its own copy of a detector lets pass: what was computed, and the largest of 1, 1/2 .. 1/256 of the way to the lie. It
/// remembers the detector's state, which it keeps by what it sends itself.
/// </summary>
public sealed record Mimic : AttackByAnother
{
    private const int Trials = 9;

    /// <inheritdoc/>
    public override string Kind => "mimic";

    /// <summary>Which detector: that of the defence with its options, or a kind with its defaults.</summary>
    [Setting<MimickedDetector>]
    public string Detector { get; init; } = MimickedDetector.OfDefence;

    /// <inheritdoc/>
    public override bool Remembers => true;

    /// <inheritdoc/>
    public override Tensor Tamper(in AttackContext context, Tensor honest, IAttackMemory memory)
    {
        ArgumentNullException.ThrowIfNull(honest);
        var lie = Lie(context, honest, memory);
        if (Its(context) is not { } detector) return lie;
        if (ReferenceEquals(lie, honest)) return Sent(context, detector, honest, memory);
        using var scope = NewDisposeScope();
        using (lie)
        {
            var way = lie.Plus(honest.neg());
            for (var trial = 0; trial < Trials; trial++)
            {
                var sent = trial == 0 ? lie.alias() : honest.Plus(way.Times(Math.ScaleB(1, -trial)));
                if (Passes(context, detector, sent, honest, memory)) return sent.DetachFromDisposeScope();
                sent.Dispose();
            }
        }

        return Sent(context, detector, honest, memory);
    }

    /// <summary>The detector sees what is sent truly as well.</summary>
    public override void Spare(in AttackContext context, Tensor honest, IAttackMemory memory)
    {
        if (Its(context) is { } detector) Sent(context, detector, honest, memory);
    }

    private IDetector? Its(in AttackContext context) =>
        Detector == MimickedDetector.OfDefence ? context.Knowledge.Detector : DetectorCatalog.Create(Detector);

    private static Tensor Sent(in AttackContext context, IDetector detector, Tensor honest, IAttackMemory memory)
    {
        Passes(context, detector, honest, honest, memory, isSentAnyway: true);
        return honest;
    }

    // Whether the detector lets a value pass. It has then seen it, as it has one that is sent anyway.
    private static bool Passes(
        in AttackContext context, IDetector detector, Tensor value, Tensor honest, IAttackMemory memory, bool isSentAnyway = false)
    {
        var state = State(context, detector, memory);
        var observation = new Observation(context.Direction, context.MicroBatch, value, detector.NeedsCopy ? honest : null);
        var passes = detector.Inspect(observation, state) is null;
        if (passes || isSentAnyway) Keep(context, state, memory);
        return passes;
    }

    // Of what goes over each link the detector has a state of its own here: forward they are alike.
    private static IDetectorState State(in AttackContext context, IDetector detector, IAttackMemory memory)
    {
        var key = Key(context);
        return detector.Restore(context.Direction, (memory.Recall(key) ?? memory.Lasting.Recall(key)) is { } saved ? [.. saved.bytes] : []);
    }

    private static void Keep(in AttackContext context, IDetectorState state, IAttackMemory memory)
    {
        using var saved = tensor(state.Save());
        memory.Keep(Key(context), saved);
        memory.Lasting.Keep(Key(context), saved);
    }

    // The lie's own memory counts its micro-batches.
    private static long Key(in AttackContext context) => -1 - (long)context.Link;
}

/// <summary>A detector that an attacker has a copy of.</summary>
public sealed record MimickedDetector : SettingKind
{
    /// <summary>The one that inspects what it sends, if any.</summary>
    public const string OfDefence = "defence";

    /// <inheritdoc/>
    public override string Expected => Names.Expected;

    private static OneOf Names => new([OfDefence, .. DetectorCatalog.Names]);

    /// <inheritdoc/>
    public override object? Read(string text) => Names.Read(text);
}
