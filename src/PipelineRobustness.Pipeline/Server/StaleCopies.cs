using System.Collections.Immutable;
using PipelineRobustness.Pipeline.Messages;
using PipelineRobustness.Pipeline.Referee;
using PipelineRobustness.Pipeline.Verification;

namespace PipelineRobustness.Pipeline.Server;

/// <summary>Which copies are not like their originals after a step.</summary>
internal static class StaleCopies
{
    /// <summary>What is known before the step: copies that were given another gradient than the original, or none, or may have been.</summary>
    public static ImmutableSortedSet<int> Before(AcceptedPass pass)
    {
        var rules = pass.Rules;
        if (rules.Plan.Copies == CopyPlacement.None) return [];
        return rules.Plan.Defence.Tolerance > 0 && rules.Remedy.OwnerStands && pass.Iteration.Verdicts.Count > 0
            ? [.. rules.AllStages]
            : Disagreeing(pass).Except(pass.Iteration.Frozen).Union(Missed(pass));
    }

    /// <summary>
    /// What is known after it. On mixed hardware no digests agree: there it is the copies that missed the step or reported another
    /// norm; and where a suspect's value was committed, which may have kept the norm, all of them.
    /// </summary>
    public static ImmutableSortedSet<int> After(AcceptedPass pass, IReadOnlyDictionary<int, Committed> stepped)
    {
        var rules = pass.Rules;
        var byDigest = rules.Plan.Defence.Tolerance == 0 || (rules.Remedy.OwnerStands && pass.Iteration.Verdicts.Count > 0);
        return byDigest
            ? [.. stepped.Keys.Where(stage => rules.CopyHeldBy(stage) is { } block && stepped[stage].Copy != stepped[block].Own)
                .Select(stage => rules.CopyHeldBy(stage)!.Value)]
            : Disagreeing(pass).Union(Missed(pass));
    }

    /// <summary>Copies that may differ: all where the owner is right by definition, else those that missed the step.</summary>
    public static ImmutableSortedSet<int> Excused(AcceptedPass pass) => pass.Rules.Remedy.OwnerStands ? [.. pass.Rules.AllStages] : Missed(pass);

    private static ImmutableSortedSet<int> Disagreeing(AcceptedPass pass) => Gradients.Disagreeing(pass.Prepared, pass.Rules.Plan.Defence.Tolerance);

    // Their holder was skipped while their owner was stepped.
    private static ImmutableSortedSet<int> Missed(AcceptedPass pass) =>
    [
        .. from holder in pass.Iteration.Skipped
           let block = pass.Rules.CopyHeldBy(holder)
           where block is not null && !pass.Iteration.Frozen.Contains(block.Value)
           select block.Value,
    ];
}

/// <summary>A pass that is committed.</summary>
/// <param name="Rules">The run.</param>
/// <param name="Iteration">Its iteration.</param>
/// <param name="Prepared">What each stage reported at its end.</param>
internal sealed record AcceptedPass(RunRules Rules, IterationLedger Iteration, IReadOnlyCollection<Prepared> Prepared)
{
    /// <summary>What was stated of it; null where no referee is asked.</summary>
    public PassStatements? Statements { get; init; }
}
