using System.Collections.Immutable;

namespace PipelineRobustness.Pipeline.Referee;

/// <summary>
/// The rules that statements of one pass must keep, in the order in which they count. Each row presumes those before it: only in the
/// first one that is broken is a broken rule no consequence of another, and there the two holders of a block have stated the same input.
/// </summary>
/// <param name="Chain">For each micro-batch: forward from the first block to the last, then backward; of each block its links, then the block.</param>
/// <param name="Sums">For the pass, where every micro-batch's chain holds: the tied matrix's links, its parts, then the sums of all blocks.</param>
public sealed record RefereeRules(ImmutableArray<RuleRow> Chain, ImmutableArray<RuleRow> Sums)
{
    /// <summary>What is said of a statement that its stage's node has not signed.</summary>
    public const string NotSigned = "expected the signature of the stage's node";

    /// <summary>The rules of a pipeline. Without copies only links have two ends that state anything.</summary>
    public static RefereeRules Of(Ring ring)
    {
        ArgumentNullException.ThrowIfNull(ring);
        return new(
            [
                .. ring.Blocks.SelectMany(block => Rows(Links(ring.Inputs(block)), Values([block], DisputedValue.Output))),
                .. ring.Blocks.Reverse().SelectMany(block => Rows(
                    Links(ring.Gradients(block)), Values(Ring.HasInputGradient(block) ? [block] : [], DisputedValue.InputGradient))),
            ],
            Rows(
                Links(ring.TiedParts),
                Values(ring.Blocks.Where(ring.HasTiedPart), DisputedValue.TiedPart),
                Values(ring.Blocks, DisputedValue.Sums)));

        RuleRow Values(IEnumerable<int> blocks, DisputedValue value) => new(ring.HasCopies ? [.. blocks.Select(block => new BlockRule(block, value))] : []);
    }

    /// <summary>
    /// The rules that a pass breaks: of each micro-batch's chain those of its first broken row. A link, an end of it or a value of a
    /// block is named once, in the lowest micro-batch.
    /// </summary>
    public ImmutableArray<RuleBreach> Breaches(PassStatements pass)
    {
        ArgumentNullException.ThrowIfNull(pass);
        var malformed = Malformed(pass);
        if (!malformed.IsEmpty) return malformed;
        var chains = Enumerable.Range(0, pass.Ring.MicroBatches).SelectMany(microBatch => First(Chain, pass, microBatch));
        ImmutableArray<RuleBreach> broken = [.. chains.DistinctBy(Subject)];
        return broken.IsEmpty ? First(Sums, pass, null) : broken;
    }

    private static ImmutableArray<RuleRow> Rows(params IEnumerable<RuleRow> rows) => [.. rows.Where(row => !row.Rules.IsEmpty)];

    private static RuleRow Links(IEnumerable<StageLink> links) => new([.. links.Select(link => new LinkRule(link))]);

    private static ImmutableArray<RuleBreach> Malformed(PassStatements pass) =>
    [
        .. from statement in pass.Statements
           let fault = pass.WithoutSignature.Contains(statement.Stage) ? NotSigned : statement.Fault(pass.Ring)
           where fault is not null
           select new RuleBreach.MalformedStatement(statement.Stage, fault),
    ];

    private static ImmutableArray<RuleBreach> First(ImmutableArray<RuleRow> rows, PassStatements pass, int? microBatch)
    {
        foreach (var row in rows)
        {
            var broken = row.Breaches(pass, microBatch);
            if (!broken.IsEmpty) return broken;
        }

        return [];
    }

    private static object Subject(RuleBreach breach) => breach switch
    {
        RuleBreach.DisputedBlock block => block.Dispute with { MicroBatch = null },
        _ => breach with { MicroBatch = null },
    };
}

/// <summary>Rules of which none is broken as a consequence of another.</summary>
/// <param name="Rules">The rules.</param>
public sealed record RuleRow(ImmutableArray<Rule> Rules)
{
    /// <summary>What breaks them.</summary>
    public ImmutableArray<RuleBreach> Breaches(PassStatements pass, int? microBatch)
    {
        ImmutableArray<RuleBreach> broken = [];
        foreach (var rule in Rules) broken = broken.AddRange(rule.Breaches(pass, microBatch));
        return broken;
    }
}
