using System.Collections.Immutable;

namespace PipelineRobustness.Pipeline.Referee;

/// <summary>What two stages must state alike.</summary>
public abstract record Rule
{
    private protected Rule()
    {
    }

    /// <summary>What breaks it; nothing where it holds.</summary>
    /// <param name="pass">What is known of the pass.</param>
    /// <param name="microBatch">The micro-batch; null for what concerns a pass as a whole.</param>
    public abstract ImmutableArray<RuleBreach> Breaches(PassStatements pass, int? microBatch);
}

/// <summary>What a stage was sent over a link is what the other end sent; where the link is relayed, what the referee handed on.</summary>
/// <param name="Link">The link.</param>
public sealed record LinkRule(StageLink Link) : Rule
{
    /// <inheritdoc/>
    public override ImmutableArray<RuleBreach> Breaches(PassStatements pass, int? microBatch)
    {
        ArgumentNullException.ThrowIfNull(pass);
        var (sent, came) = (pass.Sent(Link, microBatch), pass.Came(Link, microBatch));
        if (pass.HandedOnOver(Link, microBatch) is { } given)
        {
            return
            [
                .. sent == given ? ImmutableArray<RuleBreach>.Empty : [new RuleBreach.ContradictedRelay(Link, Link.From) { MicroBatch = microBatch }],
                .. came == given ? ImmutableArray<RuleBreach>.Empty : [new RuleBreach.ContradictedRelay(Link, Link.To) { MicroBatch = microBatch }],
            ];
        }

        return sent == came ? [] : [new RuleBreach.DisputedLink(Link) { MicroBatch = microBatch }];
    }
}

/// <summary>The two holders of a block made the same of the same.</summary>
/// <param name="Block">The block.</param>
/// <param name="Value">Which value of it.</param>
public sealed record BlockRule(int Block, DisputedValue Value) : Rule
{
    /// <inheritdoc/>
    public override ImmutableArray<RuleBreach> Breaches(PassStatements pass, int? microBatch)
    {
        ArgumentNullException.ThrowIfNull(pass);
        var (owner, copier) = pass.Values(Value, Block, microBatch);
        return owner == copier ? [] : [new RuleBreach.DisputedBlock(new Dispute(Block, Value, microBatch)) { MicroBatch = microBatch }];
    }
}
