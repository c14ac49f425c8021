using PipelineRobustness.Benchmarks;

namespace PipelineRobustness.Tests.Adversity;

/// <summary>No attacker is weakened unseen. In full, in all places and by a higher bar, the benchmark <c>attackers</c> measures it.</summary>
public sealed class AttackerDamageSpecs
{
    private const double Least = 1.005;

    private static readonly string[] OtherPlaces = ["bias-backward", "lazy-neighbours", "other-labels"];

    // The two do their harm elsewhere, and what is cheap is meant to do little.
    private static readonly string[] LittleForward = ["bias-forward", "lazy-forward", "cheap-forward"];

    [Fact]
    public async Task Each_undefended_attacker_harms_the_model()
    {
        var attackers = AttackerDamage.Attackers.Where(one =>
            OtherPlaces.Contains(one.Name) || (one.Name.EndsWith("-forward", StringComparison.Ordinal) && !LittleForward.Contains(one.Name))).ToList();
        var harmless = new List<string>();
        var measured = 0;
        await new AttackerDamage(Iterations: 15, Before: 60).MeasureAsync(seed: 1, attackers, (attacker, ratio) =>
        {
            measured++;
            if (ratio < Least) harmless.Add($"{attacker.Name}: {ratio}");
        });
        Assert.Equal(attackers.Count, measured);
        Assert.InRange(measured, 15, int.MaxValue);
        Assert.Empty(harmless);
    }
}
