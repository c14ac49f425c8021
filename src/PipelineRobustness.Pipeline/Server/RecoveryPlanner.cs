using System.Collections.Immutable;
using PipelineRobustness.Pipeline.Messages;
using PipelineRobustness.Pipeline.Referee;

namespace PipelineRobustness.Pipeline.Server;

/// <summary>What a recovery is decided from.</summary>
/// <param name="Rules">The run.</param>
/// <param name="Committed">What is committed, with what the reports say of it.</param>
/// <param name="Stages">The stages that have reported.</param>
/// <param name="Roster">The nodes.</param>
/// <param name="Incident">What broke.</param>
/// <param name="Checkpoint">The newest whole checkpoint, once it has been looked for.</param>
internal sealed record RecoveryFacts(
    RunRules Rules, CommittedState Committed, IReadOnlyCollection<StageState> Stages, Roster Roster, Incident Incident,
    CheckpointRead? Checkpoint = null)
{
    /// <summary>Stages that hold a block's state.</summary>
    public IEnumerable<StageState> Holders => Stages.Where(stage => stage.Own is not null || stage.Copy is not null);

    /// <summary>Stages of the committed version.</summary>
    public IEnumerable<StageState> Current => Stages.Where(stage => stage.Version == Committed.Version);
}

/// <summary>
/// Decides how a run is recovered. Versions are made equal by the last commit; then each block comes from a holder
/// whose state is sure to be that of the last commit or, where one block has none, all of them from a checkpoint.
/// </summary>
internal static class RecoveryPlanner
{
    /// <summary>Decides. The same facts give the same decision.</summary>
    public static RecoveryDecision Decide(RecoveryFacts facts)
    {
        if (!facts.Holders.Any()) return FallBack(facts, [], facts.Committed.Version > 0 ? "every holder of every block was lost" : null);
        var behind = Behind(facts);
        if (!behind.IsEmpty) return new RecoveryDecision.RollForward(facts.Committed.Last!, behind);

        var differing = Differing(facts);
        var doubted = facts.Incident.Doubted.Union(differing).ToHashSet();
        var sources = Sources(facts, doubted);
        var lost = facts.Rules.AllStages.Where(block => sources[block] is null).ToImmutableSortedSet();
        if (lost.IsEmpty) return Restore(facts, [.. sources.Select(source => source!.Value)]);
        return FallBack(
            facts,
            differing,
            !differing.IsEmpty ? $"the holders of {Wording.Blocks(differing)} have different states"
            : doubted.Count > 0 ? facts.Incident.Reason
            : facts.Rules.IsRefereed && facts.Current.Any(stage => Holds(facts, stage, lost[0])) ? $"of {Wording.Blocks(lost)} no holder is sure to be right"
            : $"{Wording.Blocks(lost)} {(lost.Count == 1 ? "was" : "were")} lost with every holder");
    }

    /// <summary>What stages lack, or have in another state than the block's source.</summary>
    /// <param name="rules">The run.</param>
    /// <param name="committed">What is committed, digests included.</param>
    /// <param name="stages">The stages in their places, by number; null for one that has nothing.</param>
    public static ImmutableArray<Transfer> Lacking(RunRules rules, CommittedState committed, IReadOnlyList<StageState?> stages)
    {
        var lacking = ImmutableArray.CreateBuilder<Transfer>();
        for (var stage = 0; stage < stages.Count; stage++)
        {
            if (stages[stage]?.Own is not { } own || (rules.IsRefereed && own != committed.Digests[stage])) lacking.Add(new Transfer(stage, stage));
            if (rules.CopyHeldBy(stage) is { } block && !CopyStands(stages[stage]?.Copy, block)) lacking.Add(new Transfer(block, stage));
        }

        return lacking.ToImmutable();

        bool CopyStands(UInt128? copy, int block) => copy is not null
            && (copy == committed.Digests[block] || (rules.Plan.Defence.Tolerance > 0 && committed.Last?.Stale.Contains(block) != true));
    }

    // Prepared for the step that others have taken.
    private static ImmutableArray<StageState> Behind(RecoveryFacts facts) => facts.Committed.Reached is not { } commit ? []
        : [.. facts.Holders.Where(holder => holder.Version == facts.Committed.Version - 1 && holder.Prepared == commit.Work)];

    // A server before this one may have found that they differ, and may have been lost before it did anything about it.
    private static ImmutableSortedSet<int> Differing(RecoveryFacts facts)
    {
        var (rules, committed) = (facts.Rules, facts.Committed);
        if (committed.HasDigests || rules.Plan.Defence.Tolerance > 0 || rules.Remedy.OwnerStands) return [];
        return
        [
            .. from owner in facts.Current
               from copier in facts.Current
               let block = owner.Stage
               where rules.CopyHeldBy(copier.Stage) == block && owner.Own is not null && copier.Copy is not null && owner.Own != copier.Copy
                   && committed.Reached?.Stale.Contains(block) != true
               select block,
        ];
    }

    private static (StageState Holder, UInt128 Digest)?[] Sources(RecoveryFacts facts, HashSet<int> doubted)
    {
        var owners = facts.Current.Where(stage => stage.Own is not null).ToLookup(stage => stage.Stage);
        var copiers = facts.Current.Where(stage => stage.Copy is not null).ToLookup(stage => facts.Rules.CopyHeldBy(stage.Stage));
        return [.. facts.Rules.AllStages.Select(Source)];

        // The owner first; a copy only where it is sure to equal the original, by the last commit or by the digest after it.
        (StageState, UInt128)? Source(int block)
        {
            if (doubted.Contains(block)) return null;
            if (facts.Rules.Ring is { } ring) return Vouched(facts, ring, owners[block], copiers[block], block);
            if (owners[block].FirstOrDefault() is { } owner) return (owner, owner.Own!.Value);
            return copiers[block].FirstOrDefault() is { } copier && IsTrusted(facts, block, copier.Copy!.Value) ? (copier, copier.Copy!.Value) : null;
        }
    }

    // No holder is believed alone: its state has the digest to which all have stepped or, where that is not known, the other holder's; without
    // copies there is no other. A step that may yet be audited is vouched for by no holder: it is made again.
    private static (StageState, UInt128)? Vouched(
        RecoveryFacts facts, Ring ring, IEnumerable<StageState> owners, IEnumerable<StageState> copiers, int block)
    {
        var committed = facts.Committed;
        var held = owners.Select(stage => (Stage: stage, Digest: stage.Own!.Value)).Concat(copiers.Select(stage => (Stage: stage, Digest: stage.Copy!.Value)));
        HashSet<UInt128> vouched = committed.HasDigests ? [committed.Digests[block]]
            : facts.Rules.Plan.Defence.Audit.Steps > 0 ? []
            : ring.HasCopies ? [.. owners.Select(stage => stage.Own!.Value).Intersect(copiers.Select(stage => stage.Copy!.Value))]
            : [.. owners.Select(stage => stage.Own!.Value)];
        return held.Where(holder => vouched.Contains(holder.Digest)).Cast<(StageState, UInt128)?>().FirstOrDefault();
    }

    private static bool Holds(RecoveryFacts facts, StageState stage, int block) =>
        (stage.Stage == block && stage.Own is not null) || (facts.Rules.CopyHeldBy(stage.Stage) == block && stage.Copy is not null);

    private static bool IsTrusted(RecoveryFacts facts, int block, UInt128 copy) => facts.Committed.HasDigests
        ? facts.Committed.Digests[block] == copy || facts.Rules.Plan.Defence.Tolerance > 0
        : facts.Committed.Reached?.Stale.Contains(block) != true;

    private static RecoveryDecision.Rebuild Restore(RecoveryFacts facts, ImmutableArray<(StageState Holder, UInt128 Digest)> sources)
    {
        var committed = facts.Committed with
        {
            Digests = [.. sources.Select(source => source.Digest)],
            DigestsVersion = facts.Committed.Version,
        };
        var origin = new Origin(BlockOrigin.Transfer);
        var outdated = facts.Stages.Where(stage => stage.Version != committed.Version);
        if (PlaceAll(facts, [.. facts.Current], out var superfluous) is not { } places)
            return new RecoveryDecision.AwaitCapacity { Committed = committed, Origin = origin, Lost = facts.Incident.Lost, Dropped = [.. outdated] };
        var kept = places.Kept.ToDictionary(stage => stage.Stage);
        return new RecoveryDecision.Restore(
            [.. sources.Select(source => source.Holder)], places, Lacking(facts.Rules, committed, [.. facts.Rules.AllStages.Select(kept.GetValueOrDefault)]))
        {
            Committed = committed with { Placement = places.Placement },
            Origin = origin,
            Lost = facts.Incident.Lost,
            Dropped = [.. outdated, .. superfluous],
        };
    }

    // To the newest checkpoint that is whole. That of version 0 is never written: it is drawn, or read, again.
    private static RecoveryDecision FallBack(RecoveryFacts facts, ImmutableSortedSet<int> differing, string? lost)
    {
        if (facts.Checkpoint is not { } read) return new RecoveryDecision.ReadCheckpoints(lost, differing);
        var newest = read.Newest?.ForStages(facts.Rules.Plan.Stages);
        var committed = facts.Committed.BackTo(newest);
        var origin = new Origin(newest is null ? BlockOrigin.Initial : BlockOrigin.Checkpoint, newest);
        ImmutableArray<StageState> dropped = [.. facts.Stages];
        return PlaceAll(facts, [], out _) is { } places
            ? new RecoveryDecision.FallBack(newest, places)
            {
                Committed = committed with { Placement = places.Placement },
                Origin = origin,
                Lost = lost,
                Dropped = dropped,
            }
            : new RecoveryDecision.AwaitCapacity { Committed = committed, Origin = origin, Lost = lost, Dropped = dropped };
    }

    // A stage keeps the place it has unless its node holds more than its share. Of two with a number, the one with its own block counts.
    private static PlacementPlan? PlaceAll(RecoveryFacts facts, ImmutableArray<StageState> stages, out ImmutableArray<StageState> superfluous)
    {
        superfluous = [];
        var held = new Dictionary<int, NodeId>();
        foreach (var stage in stages.OrderBy(stage => stage.Own is null).ThenBy(stage => stage.Actor.Path.ToString(), StringComparer.Ordinal))
            held.TryAdd(stage.Stage, stage.Node);
        if (facts.Roster.Place(held) is not { } placement) return null;

        var (kept, retiring, rest) = (new SortedDictionary<int, StageState>(), new OrderedDictionary<int, StageState>(), new List<StageState>());
        foreach (var stage in stages.OrderBy(stage => stage.Own is null))
        {
            if (placement[stage.Stage] == stage.Node && kept.TryAdd(stage.Stage, stage)) continue;
            if (!retiring.TryAdd(stage.Stage, stage)) rest.Add(stage);
        }

        superfluous = [.. rest];
        return new PlacementPlan(placement, [.. kept.Values], [.. retiring.Values]);
    }
}
