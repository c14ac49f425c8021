using System.Security.Cryptography;
using PipelineRobustness.Pipeline.Messages;
using PipelineRobustness.Pipeline.Referee;

namespace PipelineRobustness.Tests.Pipeline.Referee;

/// <summary>What nodes sign of a statement.</summary>
public sealed class StatementBytesSpecs
{
    private static readonly StepId Work = new(new Ballot(3, new NodeId("node-1", 7)), 12, Purpose.Training, 2, 1, 1);

    private static readonly Statement Stated = new(
        1, [new ForwardClaims(Number(1), null, Number(2), Number(3))], [new BackwardClaims(Number(4), Number(5), null)],
        new BlockSums(new HolderReport(1, [0.5, double.NaN], 77), Number(6), null, null),
        new BlockSums(new HolderReport(0, [1], 78), null, null, 2.5));

    // Who signed yesterday's bytes signed no others: a change needs another version in front.
    [Fact]
    public void The_bytes_of_a_statement_stay_what_they_are() => Assert.Equal(
        "2d46a473d082f81b", Convert.ToHexStringLower(SHA256.HashData(StatementBytes.Of("run", Work, Stated)))[..16]);

    [Fact]
    public void A_repeated_pass_is_signed_alike() => Assert.Equal(
        StatementBytes.Of("run", Work, Stated),
        StatementBytes.Of("run", Work with { Ballot = new Ballot(9, new NodeId("node-2")), Retry = 5 }, Stated));

    [Fact]
    public void Each_pass_each_run_and_each_claim_has_bytes_of_its_own()
    {
        byte[][] all =
        [
            StatementBytes.Of("run", Work, Stated),
            StatementBytes.Of("other", Work, Stated),
            StatementBytes.Of("run", Work with { Iteration = 13 }, Stated),
            StatementBytes.Of("run", Work with { Attempt = 2 }, Stated),
            StatementBytes.Of("run", Work with { Pass = 2 }, Stated),
            StatementBytes.Of("run", Work, Stated with { Stage = 2 }),
            StatementBytes.Of("run", Work, Stated with { Forward = [Stated.Forward[0] with { Came = Number(9) }] }),
            StatementBytes.Of("run", Work, Stated with { Forward = [Stated.Forward[0] with { Came = null, Jumped = Number(1) }] }),
            StatementBytes.Of("run", Work, Stated with { Backward = [Stated.Backward[0] with { Sent = Number(9) }] }),
            StatementBytes.Of("run", Work, Stated with { Own = Stated.Copy, Copy = Stated.Own }),
            StatementBytes.Of("run", Work, Stated with { Copy = Stated.Copy with { Loss = 2.25 } }),
        ];
        Assert.Equal(all.Length, all.Select(Convert.ToHexString).Distinct().Count());
    }

    private static Claim Number(ulong number) => new(number, number);
}
