using System.Collections.Immutable;
using PipelineRobustness.Pipeline.Referee;
using PipelineRobustness.Pipeline.Server.Phases;

namespace PipelineRobustness.Pipeline.Server;

/// <summary>
/// What was shown in the hearings of an attempt, and what they come to. Nothing depends on when a stage answers: a hearing waits for
/// what the holders have listed, unless all that it needs is there already.
/// </summary>
internal sealed class HearingLedger(ImmutableArray<Hearing> hearings)
{
    private readonly Dictionary<int, ImmutableHashSet<ExhibitKey>> _listed = [];
    private readonly HashSet<ShownExhibit> _shown = [];

    // Of each hearing that is decided, what it has come to; of one that the referee works on, null.
    private readonly Dictionary<Dispute, DecidedHearing?> _taken = [];

    /// <summary>The hearings.</summary>
    public ImmutableArray<Hearing> Hearings => hearings;

    /// <summary>The stages that are asked, and for what.</summary>
    public ImmutableSortedDictionary<int, ImmutableArray<ExhibitKey>> Asked { get; } = hearings.SelectMany(hearing => hearing.Needed)
        .SelectMany(exhibit => exhibit.StatedBy.Select(stage => (stage, exhibit.Key))).Distinct()
        .GroupBy(asked => asked.stage, asked => asked.Key)
        .ToImmutableSortedDictionary(stage => stage.Key, stage => stage.ToImmutableArray());

    /// <summary>Whether every hearing is decided.</summary>
    public bool IsComplete => hearings.All(hearing => _taken.GetValueOrDefault(hearing.Dispute) is not null);

    /// <summary>What the hearings have come to, in their order; complete when they are.</summary>
    public ImmutableArray<DecidedHearing> Decided => [.. hearings.Select(hearing => _taken[hearing.Dispute]!)];

    /// <summary>The disputes that the referee works on.</summary>
    public IEnumerable<Dispute> AtWork => _taken.Where(taken => taken.Value is null).Select(taken => taken.Key);

    /// <summary>The stages that have not listed, or not shown, what a hearing waits for.</summary>
    public ImmutableSortedSet<int> Owing => [.. Open.SelectMany(Holders).Where(stage => !HasShown(stage))];

    private IEnumerable<Hearing> Open => hearings.Where(hearing => !_taken.ContainsKey(hearing.Dispute));

    /// <summary>Whether a stage was asked for an exhibit.</summary>
    public bool Asks(int stage, ExhibitKey key) => Asked.TryGetValue(stage, out var keys) && keys.Contains(key);

    /// <summary>
    /// A stage says what it is going to show. Its first word counts; one that names a state that is not asked for is late, and answers the hearing of
    /// the pass in that of its step.
    /// </summary>
    public void Note(int stage, ImmutableArray<ExhibitKey> shown)
    {
        if (!shown.Any(key => key.IsState && !Asks(stage, key))) _listed.TryAdd(stage, [.. shown.Where(key => Asks(stage, key))]);
    }

    /// <summary>The referee has hashed what a stage has shown.</summary>
    public void Note(ShownExhibit shown)
    {
        if (Asks(shown.Stage, shown.Key)) _shown.Add(shown);
    }

    /// <summary>The referee has worked a block.</summary>
    public void Note(Dispute dispute, Claim recomputed)
    {
        var hearing = hearings.FirstOrDefault(hearing => hearing.Dispute == dispute);
        if (hearing is null || !_taken.TryGetValue(dispute, out var decided) || decided is not null) return;
        _taken[dispute] = new DecidedHearing(hearing, hearing.Decide(_shown, recomputed), new Grounds.Recomputed(hearing, recomputed));
    }

    /// <summary>
    /// Takes the hearings that need not wait any longer. Where something that is needed is shown by no holder, that decides them.
    /// </summary>
    /// <returns>Those of which all is shown: the referee can work them.</returns>
    public ImmutableArray<Hearing> TakeReady()
    {
        var ready = ImmutableArray.CreateBuilder<Hearing>();
        foreach (var hearing in Open.ToArray())
        {
            var missing = hearing.NotShown(_shown);
            if (missing.IsEmpty)
            {
                _taken.Add(hearing.Dispute, null);
                ready.Add(hearing);
            }
            else if (Holders(hearing).All(HasShown))
            {
                _taken.Add(hearing.Dispute, new DecidedHearing(hearing, hearing.Decide(_shown, null), new Grounds.NotShown(hearing, missing)));
            }
        }

        return ready.ToImmutable();
    }

    private static IEnumerable<int> Holders(Hearing hearing) => hearing.Needed.SelectMany(exhibit => exhibit.StatedBy).Distinct();

    private bool HasShown(int stage) =>
        _listed.TryGetValue(stage, out var listed) && listed.All(key => _shown.Any(shown => shown.Stage == stage && shown.Key == key));
}

/// <summary>A hearing that is decided.</summary>
/// <param name="Hearing">The hearing.</param>
/// <param name="Outcome">What it came to.</param>
/// <param name="Grounds">What that rests on.</param>
internal sealed record DecidedHearing(Hearing Hearing, HearingOutcome Outcome, Grounds Grounds)
{
    /// <summary>The block.</summary>
    public int Block => Hearing.Dispute.Block;

    /// <summary>Who is convicted.</summary>
    /// <param name="why">What the hearing was held for.</param>
    public IEnumerable<Finding> Convicts(Judged why) => Outcome.Convicted.Select(stage =>
        new Finding.Convicts(stage, Hearing.Dispute.Act, Hearing.Dispute.MicroBatch, Grounds)
        {
            Heard = Block,
            AuditKey = why.AuditKey,
            FoundBy = why.FinderOf(Hearing.Dispute),
        });

    /// <summary>Whether no holder is left that can vouch for the block: all have stated what does not come out.</summary>
    public bool LeavesNone => Outcome.Confirmed.IsEmpty;

    /// <summary>Of a step: the digest of the block's new state, where a holder is confirmed that reported it.</summary>
    public UInt128? Confirmed => Outcome.Confirmed is [var stage, ..] ? Hearing.Holders.First(holder => holder.Stage == stage).Claim.High : null;
}
