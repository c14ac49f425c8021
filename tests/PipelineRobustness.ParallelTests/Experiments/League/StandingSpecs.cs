using PipelineRobustness.Experiments.League;
using static PipelineRobustness.Tests.Experiments.League.PlayedLeague;

namespace PipelineRobustness.Tests.Experiments.League;

public sealed class StandingSpecs
{
    private static Standing Of(string detector) => Standing.Of(Whole).Single(standing => standing.Detector == detector);

    [Fact]
    public void Only_attackers_that_hurt_count() => Assert.Equal([Flip, Pair], new Measured(Whole).Hurting.Select(attacker => attacker.Name));

    [Fact]
    public void The_detector_with_the_best_worst_case_is_the_first() =>
        Assert.Equal([Lot, Exact], Standing.Of(Whole).Select(standing => standing.Detector));

    [Fact]
    public void The_worst_case_names_its_attacker()
    {
        Assert.Equal(new Extreme(Pair, 0), Of(Exact).Worst);
        Assert.Equal(new Extreme(Pair, 2), Of(Exact).WorstDamage! with { Value = Math.Round(Of(Exact).WorstDamage!.Value, 9) });
        Assert.Equal(new Extreme(Flip, 0.75), Of(Lot).Worst);
    }

    [Fact]
    public void Means_are_over_attackers_that_hurt()
    {
        Assert.Equal(0.5, Of(Exact).Recall);
        Assert.Equal(Math.Sqrt(2), Of(Exact).Damage!.Value, 9);
        Assert.Equal(0.5, Of(Exact).EqualBits);
        Assert.Equal(1.5, Of(Lot).Delay);
    }

    [Fact]
    public void Cost_and_traffic_are_those_without_attack()
    {
        Assert.Equal((1.5, 3), (Of(Exact).Cost!.Value, Of(Exact).Traffic!.Value), new Near());
        Assert.Equal(1.1, Of(Lot).Cost!.Value, 9);
    }

    [Fact]
    public void False_findings_are_counted_in_a_million_checks()
    {
        var results = With(Flip, Exact, row => row with { FalseFindings = 6 });
        Assert.Equal(25_000, Standing.Of(results).Single(standing => standing.Detector == Exact).FalseFindings!.Value, 6);
    }

    [Fact]
    public void A_model_that_diverged_is_damaged_without_bound()
    {
        var results = With(Flip, LeagueSettings.Undefended, row => row with { Perplexity = null });
        Assert.Contains(new Measured(results).Hurting, attacker => attacker.Name == Flip);
        Assert.Equal(double.PositiveInfinity, new Measured(results).Damage(new Measured(results).Rows(Flip, LeagueSettings.Undefended)));
    }

    private sealed class Near : IEqualityComparer<(double, double)>
    {
        public bool Equals((double, double) x, (double, double) y) => Math.Abs(x.Item1 - y.Item1) + Math.Abs(x.Item2 - y.Item2) < 1e-9;

        public int GetHashCode((double, double) obj) => 0;
    }
}
