using System.Collections.Immutable;
using PipelineRobustness.Pipeline.Messages;
using PipelineRobustness.Pipeline.Ports;
using PipelineRobustness.Pipeline.Referee;

namespace PipelineRobustness.Tests.Pipeline.Referee;

/// <summary>Which rules there are, in which order they count, and what a broken one means.</summary>
public sealed class RefereeRulesSpecs
{
    private const int First = 0, Last = 3;

    private static readonly Ring Tied = new(4, 2, IsTied: true);

    private static readonly PassStatements Agreed = PassOf(Tied);

    [Fact]
    public void Rules_come_by_block_forward_then_backward_links_before_the_block()
    {
        var rows = RefereeRules.Of(new Ring(3, 1)).Chain;
        Assert.Equal(
            [
                "0 Output",
                "0-1 Neighbour, 0-2 Jump", "1 Output",
                "1-2 Neighbour, 1-0 Jump", "2 Output",
                "2 InputGradient",
                "2-1 Neighbour", "1 InputGradient",
                "1-0 Neighbour",
            ],
            rows.Select(Text));
    }

    [Fact]
    public void Sums_follow_with_the_tied_matrix_first() =>
        Assert.Equal(
            ["0-2 Tied, 2-0 Tied, 2-1 Tied", "0 TiedPart, 2 TiedPart", "0 Sums, 1 Sums, 2 Sums"],
            RefereeRules.Of(new Ring(3, 1, IsTied: true)).Sums.Select(Text));

    [Fact]
    public void An_untied_pipeline_has_three_links_fewer() =>
        Assert.Equal((9, 12), (new Ring(4, 1).Links.Count(), Tied.Links.Count()));

    [Fact]
    public void Statements_that_agree_break_no_rule() => Assert.Empty(Breaches(Agreed));

    [Fact]
    public void A_link_is_in_dispute_where_its_ends_differ()
    {
        var link = new StageLink(Direction.Forward, Link.Neighbour, 1, 2);
        var broken = Breaches(ChangeForward(Agreed, 2, 1, claims => claims with { Came = Other }));
        Assert.Equal([new RuleBreach.DisputedLink(link) { MicroBatch = 1 }], broken);
    }

    [Fact]
    public void Both_links_to_the_holders_of_a_block_are_in_dispute_at_once()
    {
        var agreedOnAnother = ChangeForward(ChangeForward(Agreed, 1, 0, claims => claims with { Sent = Other }), 2, 0, claims => claims with { Copy = Other });
        var broken = Breaches(agreedOnAnother);
        Assert.Equal([2, 3], broken.Select(breach => ((RuleBreach.DisputedLink)breach).Link.To));
    }

    [Fact]
    public void A_later_rule_of_the_same_micro_batch_does_not_count()
    {
        var pass = ChangeForward(Agreed, 2, 0, claims => claims with { Copy = Other });
        pass = ChangeForward(pass, Last, 0, claims => claims with { Came = Other });
        Assert.Equal([new RuleBreach.DisputedBlock(new Dispute(1, DisputedValue.Output, 0)) { MicroBatch = 0 }], Breaches(pass));
    }

    [Fact]
    public void Every_micro_batch_has_its_own_first_broken_rule()
    {
        var pass = ChangeForward(Agreed, 2, 0, claims => claims with { Copy = Other });
        pass = ChangeBackward(pass, 2, 1, claims => claims with { Came = Other });
        Assert.Equal([Act.Forward, Act.Backward], Breaches(pass).Select(breach => breach.Act));
    }

    [Fact]
    public void A_block_is_named_once_in_its_lowest_micro_batch()
    {
        var pass = ChangeForward(Agreed, 2, 1, claims => claims with { Copy = Other });
        pass = ChangeForward(pass, 2, 0, claims => claims with { Copy = Other });
        Assert.Equal(0, Assert.Single(Breaches(pass)).MicroBatch);
    }

    [Fact]
    public void An_end_of_a_relayed_link_that_contradicts_the_referee_is_named()
    {
        var link = new StageLink(Direction.Forward, Link.Jump, 0, 2);
        var relayed = Relay(Agreed, link);
        Assert.Empty(Breaches(relayed));
        Assert.Equal([2], Contradicting(ChangeForward(relayed, 2, 1, claims => claims with { Jumped = Other })));
        Assert.Equal([0], Contradicting(Relay(Agreed, link, Other)).Take(1));
    }

    [Fact]
    public void A_gradient_that_the_copy_does_not_confirm_puts_the_block_in_dispute()
    {
        var pass = ChangeBackward(Agreed, Last, 1, claims => claims with { Copy = Other });
        Assert.Equal(new Dispute(2, DisputedValue.InputGradient, 1), ((RuleBreach.DisputedBlock)Assert.Single(Breaches(pass))).Dispute);
    }

    [Fact]
    public void Sums_count_only_where_every_chain_holds()
    {
        var pass = ChangeSums(Agreed, 2, sums => sums with { Report = sums.Report with { Digest = 1 } });
        Assert.Equal(new Dispute(2, DisputedValue.Sums), ((RuleBreach.DisputedBlock)Assert.Single(Breaches(pass))).Dispute);
        pass = ChangeForward(pass, 2, 0, claims => claims with { Copy = Other });
        Assert.Equal(Act.Forward, Assert.Single(Breaches(pass)).Act);
    }

    [Fact]
    public void A_tied_part_is_a_link_s_matter_before_it_is_a_block_s()
    {
        var pass = ChangeSums(Agreed, First, sums => sums with { Part = Other });
        Assert.Equal(new StageLink(Direction.Backward, Link.Tied, First, Last), ((RuleBreach.DisputedLink)Assert.Single(Breaches(pass))).Link);
        pass = ChangeSums(pass, Last, sums => sums with { Other = Other });
        Assert.Equal(new Dispute(First, DisputedValue.TiedPart), ((RuleBreach.DisputedBlock)Assert.Single(Breaches(pass))).Dispute);
    }

    [Theory]
    [InlineData(double.NaN, double.NaN, true)]
    [InlineData(0.0, -0.0, false)]
    [InlineData(1.0, 1.0000000000000002, false)]
    public void Sums_are_compared_by_their_bits(double own, double copy, bool agree)
    {
        var pass = ChangeSums(Agreed, 2, sums => sums with { Report = sums.Report with { SquaredNorms = [own] } });
        var holder = pass.Statements[Last];
        holder = holder with { Copy = holder.Copy with { Report = holder.Copy.Report with { SquaredNorms = [copy] } } };
        Assert.Equal(agree, Breaches(pass with { Statements = pass.Statements.SetItem(Last, holder) }).IsEmpty);
    }

    [Fact]
    public void A_statement_without_a_signature_is_named_and_the_rest_not_judged()
    {
        var pass = ChangeForward(Agreed, 2, 0, claims => claims with { Copy = Other }) with { WithoutSignature = [1] };
        Assert.Equal(1, ((RuleBreach.MalformedStatement)Assert.Single(Breaches(pass))).Stage);
    }

    [Fact]
    public void A_statement_that_lacks_something_or_has_too_much_is_named()
    {
        AssertMalformed(1, statement => statement with { Forward = [statement.Forward[0]] });
        AssertMalformed(0, statement => statement with { Forward = [.. statement.Forward.Select(claims => claims with { Came = Other })] });
        AssertMalformed(1, statement => statement with { Forward = [.. statement.Forward.Select(claims => claims with { Jumped = Other })] });
        AssertMalformed(2, statement => statement with { Forward = [.. statement.Forward.Select(claims => claims with { Jumped = null })] });
        AssertMalformed(3, statement => statement with { Backward = [.. statement.Backward.Select(claims => claims with { Came = Other })] });
        AssertMalformed(2, statement => statement with { Backward = [.. statement.Backward.Select(claims => claims with { Sent = null })] });
        AssertMalformed(1, statement => statement with { Backward = [.. statement.Backward.Select(claims => claims with { Copy = Other })] });
        AssertMalformed(2, statement => statement with { Own = statement.Copy });
        AssertMalformed(0, statement => statement with { Own = statement.Own with { Part = null } });
        AssertMalformed(0, statement => statement with { Copy = statement.Copy with { Other = Other } });
        AssertMalformed(2, statement => statement with { Own = statement.Own with { Part = Other } });
        AssertMalformed(3, statement => statement with { Own = statement.Own with { Loss = null } });
        AssertMalformed(1, statement => statement with { Copy = statement.Copy with { Loss = 1 } });
    }

    [Fact]
    public void A_step_is_in_dispute_where_holders_report_different_states()
    {
        UInt128[] own = [10, 11, 12, 13], copy = [13, 10, 11, 12];
        Assert.Empty(StepRules.Breaches(Tied, own, copy));
        copy[0] = 99;
        Assert.Equal(new Dispute(Last, DisputedValue.Step), ((RuleBreach.DisputedBlock)Assert.Single(StepRules.Breaches(Tied, own, copy))).Dispute);
    }

    [Theory]
    [InlineData(null, 1UL, TransferJudgement.Holds)]
    [InlineData(null, 2UL, TransferJudgement.Relay)]
    [InlineData(2UL, null, TransferJudgement.ConvictSource)]
    [InlineData(2UL, 1UL, TransferJudgement.ConvictSource)]
    [InlineData(1UL, 2UL, TransferJudgement.ConvictReceiver)]
    [InlineData(1UL, 1UL, TransferJudgement.Holds)]
    public void A_transfer_is_relayed_once_and_then_one_end_is_convicted(ulong? handedOn, ulong? reported, TransferJudgement expected) =>
        Assert.Equal(expected, TransferRules.Judge(1, handedOn, reported));

    private static readonly Claim Other = new(1, 1);

    private static ImmutableArray<RuleBreach> Breaches(PassStatements pass) => RefereeRules.Of(pass.Ring).Breaches(pass);

    private static IEnumerable<int> Contradicting(PassStatements pass) =>
        Breaches(pass).Select(breach => Assert.IsType<RuleBreach.ContradictedRelay>(breach).Stage);

    private static void AssertMalformed(int stage, Func<Statement, Statement> change) =>
        Assert.Equal(stage, ((RuleBreach.MalformedStatement)Assert.Single(Breaches(Change(Agreed, stage, change)))).Stage);

    private static PassStatements Relay(PassStatements pass, StageLink link, Claim? given = null) => pass with
    {
        HandedOn = Enumerable.Range(0, pass.Ring.MicroBatches).ToImmutableDictionary(m => (link, m), m => given ?? pass.Sent(link, m)!.Value),
    };

    private static PassStatements Change(PassStatements pass, int stage, Func<Statement, Statement> change) =>
        pass with { Statements = pass.Statements.SetItem(stage, change(pass.Statements[stage])) };

    private static PassStatements ChangeForward(PassStatements pass, int stage, int m, Func<ForwardClaims, ForwardClaims> change) =>
        Change(pass, stage, statement => statement with { Forward = statement.Forward.SetItem(m, change(statement.Forward[m])) });

    private static PassStatements ChangeBackward(PassStatements pass, int stage, int m, Func<BackwardClaims, BackwardClaims> change) =>
        Change(pass, stage, statement => statement with { Backward = statement.Backward.SetItem(m, change(statement.Backward[m])) });

    private static PassStatements ChangeSums(PassStatements pass, int stage, Func<BlockSums, BlockSums> change) =>
        Change(pass, stage, statement => statement with { Own = change(statement.Own) });

    private static string Text(RuleRow row) => string.Join(", ", row.Rules.Select(rule => rule switch
    {
        LinkRule { Link: var link } => $"{link.From}-{link.To} {link.Link}",
        BlockRule block => $"{block.Block} {block.Value}",
        _ => "",
    }));

    // Every value has a claim of its own: of a direction, a block and a micro-batch.
    private static PassStatements PassOf(Ring ring)
    {
        return new(ring, [.. ring.Blocks.Select(Stated)], ImmutableDictionary<(StageLink, int), Claim>.Empty);

        Statement Stated(int stage)
        {
            var copied = ring.CopiedBy(stage);
            var microBatches = Enumerable.Range(0, ring.MicroBatches).ToArray();
            return new(
                stage,
                [.. microBatches.Select(m => new ForwardClaims(Input(stage, m), Input(copied, m), Of(Act.Forward, stage, m), Of(Act.Forward, copied, m)))],
                [.. microBatches.Select(m => new BackwardClaims(
                    stage == ring.Last ? null : Of(Act.Backward, stage + 1, m), Gradient(stage, m), Gradient(copied, m)))],
                Sums(stage, waits: true),
                Sums(copied, waits: stage != 0));
        }

        Claim? Input(int block, int m) => block == 0 ? null : Of(Act.Forward, block - 1, m);

        Claim? Gradient(int block, int m) => block == 0 ? null : Of(Act.Backward, block, m);

        BlockSums Sums(int block, bool waits) => new(
            new HolderReport(block, [block], 7),
            ring.HasTiedPart(block) ? Of(Act.Sum, block, 0) : null,
            ring.HasTiedPart(block) && waits ? Of(Act.Sum, block == 0 ? ring.Last : 0, 0) : null,
            block == ring.Last ? 2.5 : null);
    }

    private static Claim Of(Act act, int block, int microBatch) => new((UInt128)(int)act, (UInt128)(block * 100 + microBatch + 1));
}
