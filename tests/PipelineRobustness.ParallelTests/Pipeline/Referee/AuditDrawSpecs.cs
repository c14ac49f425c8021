using PipelineRobustness.Pipeline.Referee;

namespace PipelineRobustness.Tests.Pipeline.Referee;

/// <summary>How often lies are drawn for an audit.</summary>
public sealed class AuditDrawSpecs
{
    private const int Iterations = 2_000;

    private static readonly Ring Ring = new(4, 8);

    public static TheoryData<double, int> Lies =>
    [
        .. from share in (double[])[1 / 2.0, 1 / 4.0, 1 / 8.0, 1 / 16.0]
           from lies in (int[])[1, 2, 8]
           select (share, lies),
    ];

    /// <summary>Of m lies in an iteration one at least is drawn with 1 - (1 - q)^m.</summary>
    [Theory, MemberData(nameof(Lies))]
    public void Lies_of_an_iteration_are_drawn_as_often_as_theory_says(double share, int lies)
    {
        var found = Enumerable.Range(0, Iterations).Count(iteration =>
            Enumerable.Range(0, lies).Any(m => AuditDraw.HasPart(AuditDraw.PublicKey(7, AuditKind.Pass, iteration, 0), 2, m, share)));
        var recall = 1 - Math.Pow(1 - share, lies);
        Assert.InRange(Math.Abs((double)found / Iterations - recall), 0, 3 * Math.Sqrt(recall * (1 - recall) / Iterations));
    }

    /// <summary>One lie an iteration is found after 1 / q of them: geometrically distributed, with a deviation of sqrt(1 - q) / q.</summary>
    [Theory]
    [InlineData(1 / 2.0)]
    [InlineData(1 / 4.0)]
    [InlineData(1 / 8.0)]
    [InlineData(1 / 16.0)]
    public void The_delay_is_what_theory_says(double share)
    {
        var delays = new List<int>();
        for (int iteration = 0, since = 1; iteration < Iterations; iteration++, since++)
        {
            if (!AuditDraw.HasStep(AuditDraw.PublicKey(7, AuditKind.Step, iteration, 0), 1, share)) continue;
            delays.Add(since);
            since = 0;
        }

        Assert.InRange(Math.Abs(delays.Average() - 1 / share), 0, 3 * Math.Sqrt(1 - share) / share / Math.Sqrt(delays.Count));
    }

    [Fact]
    public void A_draw_depends_on_its_key_alone()
    {
        Assert.Equal(AuditDraw.Parts(5, Ring, 0.3), AuditDraw.Parts(5, Ring, 0.3));
        Assert.NotEqual(AuditDraw.Parts(5, Ring, 0.3), AuditDraw.Parts(6, Ring, 0.3));
        Assert.Empty(AuditDraw.Parts(5, Ring, 0));
        // The first block gives no gradient of its input.
        Assert.Equal(4 * 8 + 3 * 8, AuditDraw.Parts(5, Ring, 1).Length);
        Assert.Equal([0, 1, 2, 3], AuditDraw.Steps(5, Ring, 1));
    }

    /// <summary>What is drawn at a small share is drawn at a larger one.</summary>
    [Fact]
    public void A_larger_share_draws_more() => Assert.Subset(AuditDraw.Parts(5, Ring, 0.5).ToHashSet(), AuditDraw.Parts(5, Ring, 0.2).ToHashSet());
}
