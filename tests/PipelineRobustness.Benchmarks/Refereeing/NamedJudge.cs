using System.Collections.Immutable;
using PipelineRobustness.Pipeline.Referee;

namespace PipelineRobustness.Benchmarks;

/// <summary>What follows from a broken rule.</summary>
/// <param name="Convicted">Stages that are convicted.</param>
/// <param name="Relayed">A link that is relayed.</param>
public readonly record struct NamedOutcome(ImmutableArray<int> Convicted, StageLink? Relayed = null);

/// <summary>Judges passes over names as the server does real ones: by the referee's rules, and by hearings in which the referee works blocks.</summary>
/// <param name="Rules">The rules.</param>
/// <param name="Judge">What follows from a breach of them.</param>
public sealed record NamedJudge(RefereeRules Rules, Func<NamedPass, RuleBreach, NamedOutcome> Judge)
{
    // The digest of every block's state at the last commit: there is one version only.
    private const ulong State = 99;

    /// <summary>The judge that the referee's rules make.</summary>
    public static NamedJudge Of(Ring ring) => new(RefereeRules.Of(ring), Outcome);

    /// <summary>What a pass comes to; nothing where it is committed.</summary>
    public ImmutableArray<NamedOutcome> Of(NamedPass pass)
    {
        ArgumentNullException.ThrowIfNull(pass);
        var breaches = Rules.Breaches(pass.Statements);
        return breaches.IsEmpty ? [] : [.. breaches.Select(breach => Judge(pass, breach))];
    }

    /// <summary>What follows from a breach.</summary>
    public static NamedOutcome Outcome(NamedPass pass, RuleBreach breach) => breach switch
    {
        RuleBreach.MalformedStatement malformed => new([malformed.Stage]),
        RuleBreach.ContradictedRelay relay => new([relay.Stage]),
        RuleBreach.DisputedLink link => new([], link.Link),
        RuleBreach.DisputedBlock block => new(Hear(pass, block.Dispute)),
        _ => throw new ArgumentOutOfRangeException(nameof(breach)),
    };

    private static ImmutableArray<int> Hear(NamedPass pass, Dispute dispute)
    {
        ArgumentNullException.ThrowIfNull(pass);
        var hearing = Hearing.Of(dispute, pass.Statements, [.. pass.Ring.Blocks.Select(_ => (UInt128)State)]);
        ShownExhibit[] shown = [.. hearing.Needed.SelectMany(needed => needed.StatedBy.Where(stage => pass.Shows(stage, needed)), Shown)];
        return hearing.Decide(shown, hearing.NotShown(shown).IsEmpty ? Name.ToClaim(pass.Ring, hearing) : null).Convicted;
    }

    private static ShownExhibit Shown(Exhibit exhibit, int stage) => new(stage, exhibit.Key, exhibit.Claim);
}
