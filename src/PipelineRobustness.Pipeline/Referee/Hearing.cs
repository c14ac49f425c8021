using System.Collections.Immutable;

namespace PipelineRobustness.Pipeline.Referee;

/// <summary>
/// The holders of a block differ about what it gave, or there is another reason to doubt it. The referee works the block from what they
/// have stated that they worked on, and each that stated something else than what comes out is convicted: no honest stage ever does,
/// however many others lie.
/// </summary>
/// <param name="Dispute">What is in doubt.</param>
/// <param name="Owner">What the block's owner states.</param>
/// <param name="Copier">What the holder of its copy states; null where there are no copies.</param>
/// <param name="Needed">What the referee needs. Tokens, targets and the commit's numbers are the server's own.</param>
public sealed record Hearing(Dispute Dispute, HolderClaim Owner, HolderClaim? Copier, ImmutableArray<Exhibit> Needed)
{
    /// <summary>What the holders of the block state.</summary>
    internal ImmutableArray<HolderClaim> Holders => Copier is { } copier ? [Owner, copier] : [Owner];

    /// <summary>A hearing before the commit.</summary>
    /// <param name="dispute">What is in dispute.</param>
    /// <param name="pass">What was stated; it keeps every rule that comes before the disputed one.</param>
    /// <param name="digests">The digest of each block's state at the last commit.</param>
    public static Hearing Of(Dispute dispute, PassStatements pass, ImmutableArray<UInt128> digests)
    {
        ArgumentNullException.ThrowIfNull(dispute);
        ArgumentNullException.ThrowIfNull(pass);
        return OfPass(dispute, pass, Of(new ExhibitKey(dispute.Block, ExhibitKind.State), Claim.OfState(digests[dispute.Block]), pass.Ring));
    }

    /// <summary>A hearing of a block's sums after the commit of the pass, by the state from before the step.</summary>
    /// <param name="block">The block.</param>
    /// <param name="pass">What was stated of the pass; it keeps every rule.</param>
    /// <param name="before">The digest of the state before the step.</param>
    public static Hearing OfSums(int block, PassStatements pass, UInt128 before)
    {
        ArgumentNullException.ThrowIfNull(pass);
        return OfPass(new(block, DisputedValue.Sums), pass, StateBefore(block, before, pass.Ring));
    }

    /// <summary>A hearing of a step, after the commit of the pass.</summary>
    /// <param name="block">The block.</param>
    /// <param name="pass">What was stated of the pass; it keeps every rule.</param>
    /// <param name="before">The digest of the state before the step.</param>
    /// <param name="own">The digest after it that the owner reports.</param>
    /// <param name="copy">The digest that the holder of the copy reports; null where there are no copies.</param>
    public static Hearing OfStep(int block, PassStatements pass, UInt128 before, UInt128 own, UInt128? copy)
    {
        ArgumentNullException.ThrowIfNull(pass);
        Claim? copied = copy is { } digest ? Claim.OfState(digest) : null;
        return Of(new(block, DisputedValue.Step), pass, Claim.OfState(own), copied, StateBefore(block, before, pass.Ring));
    }

    /// <summary>Whether an exhibit with a claim is needed.</summary>
    public bool Needs(ExhibitKey key, Claim claim) => Needed.Any(exhibit => exhibit.Key == key && exhibit.Claim == claim);

    /// <summary>What is needed and was not shown.</summary>
    public ImmutableArray<Exhibit> NotShown(IReadOnlyCollection<ShownExhibit> shown) =>
        [.. Needed.Where(needed => !shown.Any(one => one.Key == needed.Key && one.Claim == needed.Claim))];

    /// <summary>
    /// Decides. Where something is needed that no stage shows, the stages that have stated it are convicted; where one shows it, the
    /// other need not: else time would judge.
    /// </summary>
    /// <param name="shown">What the holders have shown.</param>
    /// <param name="recomputed">What the referee's own work gives, where everything was shown.</param>
    public HearingOutcome Decide(IReadOnlyCollection<ShownExhibit> shown, Claim? recomputed)
    {
        var missing = NotShown(shown);
        if (!missing.IsEmpty) return new([.. missing.SelectMany(exhibit => exhibit.StatedBy).ToImmutableSortedSet()], []);
        if (recomputed is not { } result) throw new ArgumentNullException(nameof(recomputed), "everything was shown, so the block can be worked");
        var holders = Holders.ToLookup(holder => holder.Claim == result, holder => holder.Stage);
        return new([.. holders[false]], [.. holders[true]]);
    }

    /// <summary>Everything but its state that a block is worked from in a hearing.</summary>
    /// <param name="dispute">What is in dispute.</param>
    /// <param name="ring">The pipeline.</param>
    public static IEnumerable<ExhibitKey> WorkedOn(Dispute dispute, Ring ring)
    {
        ArgumentNullException.ThrowIfNull(dispute);
        ArgumentNullException.ThrowIfNull(ring);
        var block = dispute.Block;
        foreach (var microBatch in dispute.MicroBatchesOf(ring.MicroBatches))
        {
            if (block > 0) yield return new ExhibitKey(block, ExhibitKind.Input, microBatch);
            if (dispute.Value != DisputedValue.Output && block < ring.Last) yield return new ExhibitKey(block, ExhibitKind.Gradient, microBatch);
        }

        if (dispute.Value is DisputedValue.Sums or DisputedValue.Step && ring.HasTiedPart(block)) yield return new ExhibitKey(block, ExhibitKind.OtherPart);
    }

    /// <summary>The stages that are convicted where none shows an exhibit. The state before a step is kept by one holder alone.</summary>
    /// <param name="key">The exhibit.</param>
    /// <param name="ring">The pipeline.</param>
    internal static ImmutableArray<int> AnsweringFor(ExhibitKey key, Ring ring) =>
        key.Kind == ExhibitKind.StateBefore ? [ring.KeeperOf(key.Block)] : ring.HoldersOf(key.Block);

    private static Hearing OfPass(Dispute dispute, PassStatements pass, Exhibit state)
    {
        var (own, copy) = pass.Values(dispute.Value, dispute.Block, dispute.MicroBatch);
        return Of(dispute, pass, own!.Value, copy, state);
    }

    private static Hearing Of(Dispute dispute, PassStatements pass, Claim own, Claim? copy, Exhibit state)
    {
        HolderClaim? copier = copy is { } claim ? new(pass.Ring.CopyHolderOf(dispute.Block), claim) : null;
        return new(dispute, new(dispute.Block, own), copier, [state, .. WorkedOn(dispute, pass)]);
    }

    private static Exhibit StateBefore(int block, UInt128 digest, Ring ring) =>
        Of(new ExhibitKey(block, ExhibitKind.StateBefore), Claim.OfState(digest), ring);

    private static Exhibit Of(ExhibitKey key, Claim claim, Ring ring) => new(key, claim, AnsweringFor(key, ring));

    private static IEnumerable<Exhibit> WorkedOn(Dispute dispute, PassStatements pass)
    {
        return WorkedOn(dispute, pass.Ring).Select(key => Of(key, Claimed(key), pass.Ring));

        Claim Claimed(ExhibitKey key) => key.Kind switch
        {
            ExhibitKind.Input => pass.Output(key.Block - 1, key.MicroBatch),
            ExhibitKind.Gradient => pass.InputGradient(key.Block + 1, key.MicroBatch)!.Value,
            _ => pass.Statements[key.Block == 0 ? pass.Ring.Last : 0].Own.Part!.Value,
        };
    }
}

/// <summary>What a holder of a block states.</summary>
/// <param name="Stage">The holder.</param>
/// <param name="Claim">What it states.</param>
public readonly record struct HolderClaim(int Stage, Claim Claim);

/// <summary>What a hearing came to.</summary>
/// <param name="Convicted">The stages that stated something falsely, or did not show what they had stated; at least one.</param>
/// <param name="Confirmed">The holders that stated what the referee's own work gives; none where the block could not be worked.</param>
public sealed record HearingOutcome(ImmutableArray<int> Convicted, ImmutableArray<int> Confirmed);
