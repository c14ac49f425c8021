using PipelineRobustness.Pipeline.Messages;
using PipelineRobustness.Pipeline.Referee;

namespace PipelineRobustness.Benchmarks;

/// <summary>
/// Values as names: what is computed has the name of how it was computed, so that two are the same exactly where they come from the same.
/// A name is a hash; there are too few in a pass for two to meet.
/// </summary>
public static class Name
{
    /// <summary>Where there is no value.</summary>
    public const ulong None = 1;

    private const ulong ForwardTag = 2, BackwardTag = 3, PartTag = 4, SumTag = 5, TokensTag = 6, LieTag = 7;

    /// <summary>The tokens of a micro-batch.</summary>
    public static ulong Tokens(int microBatch) => Mix(TokensTag, (ulong)microBatch);

    /// <summary>A lie.</summary>
    public static ulong Lie(int which) => Mix(LieTag, (ulong)which);

    /// <summary>What a block gives.</summary>
    public static ulong Forward(int block, ulong input) => Mix(Mix(ForwardTag, (ulong)block), input);

    /// <summary>The gradient of its input.</summary>
    public static ulong Backward(int block, ulong input, ulong gradient) => Mix(Mix(Mix(BackwardTag, (ulong)block), input), gradient);

    /// <summary>Its part of the tied matrix's gradient.</summary>
    public static ulong Part(int block, IEnumerable<(ulong Input, ulong Gradient)> workedOn) => Fold(Mix(PartTag, (ulong)block), workedOn);

    /// <summary>Its sums.</summary>
    public static ulong Sums(int block, IEnumerable<(ulong Input, ulong Gradient)> workedOn, ulong other) =>
        Mix(Fold(Mix(SumTag, (ulong)block), workedOn), other);

    /// <summary>The claim about a name.</summary>
    public static Claim ToClaim(ulong name) => new(0, name);

    /// <summary>The name that a claim is about.</summary>
    public static ulong Of(Claim claim) => (ulong)claim.Low;

    /// <summary>Sums with a name, as a holder states them.</summary>
    public static BlockSums ToSums(Ring ring, int block, ulong name, ulong? part = null, ulong? other = null)
    {
        ArgumentNullException.ThrowIfNull(ring);
        return new(new HolderReport(block, [], name), ToClaim(part), ToClaim(other), block == ring.Last ? 0 : null);
    }

    /// <summary>The claim about a name, if there is one.</summary>
    public static Claim? ToClaim(ulong? name) => name is { } some ? ToClaim(some) : null;

    /// <summary>What the referee's own work gives in a hearing, from what is shown to it.</summary>
    public static Claim ToClaim(Ring ring, Hearing hearing)
    {
        ArgumentNullException.ThrowIfNull(ring);
        ArgumentNullException.ThrowIfNull(hearing);
        var (dispute, block) = (hearing.Dispute, hearing.Dispute.Block);
        var microBatches = dispute.MicroBatch is { } one ? [one] : Enumerable.Range(0, ring.MicroBatches);
        var workedOn = microBatches.Select(m => (Shown(ExhibitKind.Input, m) ?? Tokens(m), Shown(ExhibitKind.Gradient, m) ?? None)).ToArray();
        return dispute.Value switch
        {
            DisputedValue.Output => ToClaim(Forward(block, workedOn[0].Item1)),
            DisputedValue.InputGradient => ToClaim(Backward(block, workedOn[0].Item1, workedOn[0].Item2)),
            DisputedValue.TiedPart => ToClaim(Part(block, workedOn)),
            _ => ToSums(ring, block, Sums(block, workedOn, Shown(ExhibitKind.OtherPart, 0) ?? None)).ToClaim(),
        };

        ulong? Shown(ExhibitKind kind, int microBatch) =>
            hearing.Needed.FirstOrDefault(needed => needed.Key == new ExhibitKey(block, kind, microBatch)) is { } found ? Of(found.Claim) : null;
    }

    private static ulong Fold(ulong name, IEnumerable<(ulong Input, ulong Gradient)> workedOn) =>
        workedOn.Aggregate(name, (sum, one) => Mix(Mix(sum, one.Input), one.Gradient));

    // SplitMix64's finaliser (Steele, Lea and Flood 2014).
    private static ulong Mix(ulong left, ulong right)
    {
        var mixed = (left * 0x9E3779B97F4A7C15) ^ (right + 0xD1B54A32D192ED03);
        mixed = (mixed ^ (mixed >> 30)) * 0xBF58476D1CE4E5B9;
        mixed = (mixed ^ (mixed >> 27)) * 0x94D049BB133111EB;
        return mixed ^ (mixed >> 31);
    }
}
