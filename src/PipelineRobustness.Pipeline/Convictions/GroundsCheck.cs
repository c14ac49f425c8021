using PipelineRobustness.Pipeline.Ports;
using PipelineRobustness.Pipeline.Referee;

namespace PipelineRobustness.Pipeline.Convictions;

/// <summary>Holds the grounds of a conviction against the statements and the commit before, without computing anything.</summary>
internal static class GroundsCheck
{
    /// <summary>What does not hold; null for nothing.</summary>
    public static EvidenceResult? Fault(EvidenceFile file)
    {
        var content = file.Content;
        if (content.Grounds is not Grounds.MalformedStatement && content.Statements.Any(statement => statement.Fault(content.Ring) is not null))
            return EvidenceResult.Fails("statements that are complete", "one that is not");
        return content.Grounds switch
        {
            Grounds.MalformedStatement malformed => Fault(file, malformed),
            Grounds.ContradictedRelay relay => Fault(content, relay),
            Grounds.Recomputed recomputed => Fault(content, recomputed.Hearing),
            Grounds.NotShown notShown => Fault(content, notShown.Hearing) ?? Fault(content, notShown),
            Grounds.OtherState state => Fault(content, state),
            _ => EvidenceResult.Fails("known grounds", "others"),
        };
    }

    private static EvidenceResult? Fault(EvidenceFile file, Grounds.MalformedStatement malformed)
    {
        var content = file.Content;
        if (content.Act != Act.Statement || malformed.Stage != content.Stage || content.Statements is not [{ } statement] || statement.Stage != malformed.Stage)
            return EvidenceResult.Fails("the statement of the convicted stage", "another");
        var fault = file.Signatures.IsEmpty ? RefereeRules.NotSigned : statement.Fault(content.Ring) ?? "none";
        return fault == malformed.Fault ? null : EvidenceResult.Fails($"the fault \"{malformed.Fault}\"", fault);
    }

    private static EvidenceResult? Fault(EvidenceContent content, Grounds.ContradictedRelay relay)
    {
        var (ring, link) = (content.Ring, relay.Link);
        if (relay.Stage != content.Stage || link.Act != content.Act || !ring.Links.Contains(link) || !link.Joins(relay.Stage))
            return EvidenceResult.Fails("a link of the convicted stage", $"{link}");
        if (relay.MicroBatch != content.MicroBatch || !IsOfPass(ring, relay.MicroBatch, isOfWhole: link.Link == Link.Tied))
            return EvidenceResult.Fails("a micro-batch of the pass", $"{relay.MicroBatch}");
        if (!content.Statements.Select(statement => statement.Stage).SequenceEqual([link.From, link.To]))
            return EvidenceResult.Fails($"statements of stages {link.From} and {link.To}", "others");
        var stated = content.Statements.First(statement => statement.Stage == relay.Stage).Over(link, relay.MicroBatch, ring);
        return stated != relay.Stated ? EvidenceResult.Fails($"what stage {relay.Stage} states, {stated}", $"{relay.Stated}")
            : stated == relay.HandedOn ? EvidenceResult.Fails("that the stage states something else than was handed on", "the same")
            : null;
    }

    private static EvidenceResult? Fault(EvidenceContent content, Hearing hearing)
    {
        var (ring, dispute) = (content.Ring, hearing.Dispute);
        if (dispute.Act != content.Act || dispute.MicroBatch != content.MicroBatch || !ring.Blocks.Contains(dispute.Block)
            || (dispute.Value == DisputedValue.InputGradient && !Ring.HasInputGradient(dispute.Block))
            || (dispute.Value == DisputedValue.TiedPart && !ring.HasTiedPart(dispute.Block)))
            return EvidenceResult.Fails($"the dispute of the ruling ({content.Act})".ToLowerInvariant(), $"{dispute.Value} of block {dispute.Block}");
        if (!IsOfPass(ring, dispute.MicroBatch, isOfWhole: dispute.Act is Act.Sum or Act.Step))
            return EvidenceResult.Fails("a micro-batch of the pass", $"{dispute.MicroBatch}");
        if ((content.Step is null) == (dispute.Value == DisputedValue.Step))
            return EvidenceResult.Fails("the numbers of a step where one is in dispute", "the contrary");
        var holders = ring.HoldersOf(dispute.Block);
        if (!hearing.Holders.Select(holder => holder.Stage).SequenceEqual(holders) || !content.Statements.Select(one => one.Stage).SequenceEqual(holders))
            return EvidenceResult.Fails($"statements of stages {string.Join(" and ", holders)}", "others");
        if (!holders.Contains(content.Stage)) return EvidenceResult.Fails("a holder of the block convicted", $"stage {content.Stage}");
        return FaultOfClaims(content, hearing) ?? FaultOfNeeds(content, hearing);
    }

    // What is reported after a step is in no statement.
    private static EvidenceResult? FaultOfClaims(EvidenceContent content, Hearing hearing)
    {
        var (block, value, microBatch) = hearing.Dispute;
        if (value == DisputedValue.Step) return null;
        foreach (var (stage, claim) in hearing.Holders)
        {
            var gave = HolderOf(content, block, stage).Gave(value, microBatch);
            if (gave != claim) return EvidenceResult.Fails($"what stage {stage} states, {gave}", $"{claim}");
        }

        return null;
    }

    private static EvidenceResult? FaultOfNeeds(EvidenceContent content, Hearing hearing)
    {
        var dispute = hearing.Dispute;
        // Sums that are audited after the commit are worked from the state before it, too.
        var isBefore = dispute.Value == DisputedValue.Step
            || (dispute.Value == DisputedValue.Sums && hearing.Needed is [{ Key.Kind: ExhibitKind.StateBefore }, ..]);
        var state = new ExhibitKey(dispute.Block, isBefore ? ExhibitKind.StateBefore : ExhibitKind.State);
        if (!hearing.Needed.Select(exhibit => exhibit.Key).SequenceEqual([state, .. Hearing.WorkedOn(dispute, content.Ring)]))
            return EvidenceResult.Fails("the exhibits that the dispute needs", "others");
        if (hearing.Needed.Any(needed => !needed.StatedBy.SequenceEqual(Hearing.AnsweringFor(needed.Key, content.Ring))))
            return EvidenceResult.Fails("each exhibit stated by the stages that answer for it", "others");
        if (hearing.Needed[0].Claim != Claim.OfState(content.Commit.Digests[dispute.Block]))
            return EvidenceResult.Fails("the state of the commit before", "another");
        foreach (var (key, claim, _) in hearing.Needed.Skip(1))
        {
            foreach (var (stage, _) in hearing.Holders)
            {
                if (HolderOf(content, dispute.Block, stage).WorkedOn(key) is var workedOn && workedOn != claim)
                    return EvidenceResult.Fails($"what stage {stage} states that it worked on, {workedOn}", $"{claim}");
            }
        }

        return null;
    }

    private static EvidenceResult? Fault(EvidenceContent content, Grounds.NotShown notShown)
    {
        var needed = notShown.Hearing.Needed.ToLookup(exhibit => (exhibit.Key, exhibit.Claim), exhibit => exhibit.StatedBy);
        return notShown.Exhibits.Any(exhibit => needed[(exhibit.Key, exhibit.Claim)].Any(stages => stages.Contains(content.Stage)))
            ? null : EvidenceResult.Fails("an exhibit that the stage has stated", "none");
    }

    private static EvidenceResult? Fault(EvidenceContent content, Grounds.OtherState state) =>
        content.Act != Act.Transfer || content.Commit.Digests.ElementAtOrDefault(state.Block) != state.Committed
            ? EvidenceResult.Fails("the state of the commit before", $"{state.Committed:x32}")
            : state.Found == state.Committed ? EvidenceResult.Fails("a state that is not that of the commit", "the same")
            : null;

    private static bool IsOfPass(Ring ring, int? microBatch, bool isOfWhole) =>
        microBatch is { } one ? !isOfWhole && one >= 0 && one < ring.MicroBatches : isOfWhole;

    private static HolderRecord HolderOf(EvidenceContent content, int block, int stage) =>
        new(content.Ring, block, content.Statements.First(statement => statement.Stage == stage));
}
