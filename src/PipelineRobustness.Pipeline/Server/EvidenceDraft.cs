using System.Collections.Immutable;
using PipelineRobustness.Pipeline.Convictions;
using PipelineRobustness.Pipeline.Messages;
using PipelineRobustness.Pipeline.Ports;
using PipelineRobustness.Pipeline.Referee;

namespace PipelineRobustness.Pipeline.Server;

/// <summary>The evidence of a conviction as far as the coordinator knows it; what was shown is with the referee.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Content">What is written.</param>
/// <param name="Signatures">The signatures of the statements.</param>
internal sealed record EvidenceDraft(string Name, EvidenceContent Content, ImmutableArray<StatementSignature> Signatures)
{
    /// <summary>The draft of a conviction.</summary>
    /// <param name="rules">The run.</param>
    /// <param name="committed">What is committed, without the conviction.</param>
    /// <param name="work">The step in which it was found.</param>
    /// <param name="ruling">The conviction.</param>
    /// <param name="grounds">What it rests on.</param>
    /// <param name="stated">What was stated of the pass; null where there was none.</param>
    /// <param name="step">The numbers of the step, where it is in dispute.</param>
    public static EvidenceDraft Of(
        RunRules rules, CommittedState committed, StepId work, Ruling ruling, Grounds grounds, PassStatements? stated, StepNumbers? step)
    {
        var convicted = ruling.Convicted!;
        var stages = StagesOf(grounds);
        return new(
            NameOf(rules.Plan.Name, ruling, committed.Rulings),
            new EvidenceContent(
                EvidenceContent.FormatVersion, rules.Plan.Name, "", ruling.Iteration, ruling.Attempt, work.Pass, ruling.Act, ruling.MicroBatch,
                convicted.Stage, convicted.Seat, grounds.Line, convicted.Evidence, grounds.RestsOn, grounds, NumericPlan.Of(rules.Plan), 0,
                new LastCommit(committed.DigestsVersion, committed.Digests), ruling.Act == Act.Step ? step : null,
                stated is null ? [] : [.. stages.Select(stage => stated.Statements[stage])], null, ""),
            stated is null ? [] : [.. stages.SelectMany(stage => stated.Signatures.Where(signature => signature.Stage == stage))]);
    }

    // A stage may be convicted twice at the same attempt, since some rulings do not end it.
    private static string NameOf(string run, Ruling ruling, Rulings before)
    {
        var (iteration, attempt, stage) = (ruling.Iteration, ruling.Attempt, ruling.Convicted!.Stage);
        var name = FormattableString.Invariant($"{run}-{iteration}-{attempt}-{stage}");
        var earlier = before.Of(iteration).Count(other => other.Attempt == attempt && other.Convicted?.Stage == stage);
        return earlier == 0 ? name : FormattableString.Invariant($"{name}.{earlier + 1}");
    }

    private static ImmutableArray<int> StagesOf(Grounds grounds) => grounds switch
    {
        Grounds.MalformedStatement malformed => [malformed.Stage],
        Grounds.ContradictedRelay relay => [relay.Link.From, relay.Link.To],
        Grounds.Recomputed { Hearing: var hearing } => [.. hearing.Holders.Select(holder => holder.Stage)],
        Grounds.NotShown { Hearing: var hearing } => [.. hearing.Holders.Select(holder => holder.Stage)],
        _ => [],
    };
}
