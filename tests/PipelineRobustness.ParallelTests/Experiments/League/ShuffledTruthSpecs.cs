using PipelineRobustness.Adversity.Attacks;
using PipelineRobustness.Experiments.League;
using PipelineRobustness.Pipeline.Ports;

namespace PipelineRobustness.Tests.Experiments.League;

public sealed class ShuffledTruthSpecs
{
    private static readonly AttackEvent[] Slots =
        [.. from iteration in Enumerable.Range(0, 50) from stage in Enumerable.Range(0, 4) select new AttackEvent(iteration, 0, Act.Forward, stage)];

    private static ShuffledTruth Shuffled(ulong seed) =>
        ShuffledTruth.Of(Slots, 40, attacks => attacks.Count(attack => attack.Stage == 2 && attack.Iteration < 20), seed);

    [Fact]
    public void As_many_attacks_are_put_into_slots_of_their_own() =>
        Assert.Equal((200, 20, 40), (Shuffled(1).Slots, Shuffled(1).Named, Shuffled(1).Attacks));

    [Fact]
    public void Hits_scatter_as_chance_has_it()
    {
        var all = Enumerable.Range(0, 1000).Select(seed => Shuffled((ulong)seed)).ToList();
        Assert.Equal(4, all[0].Expected, 9);
        Assert.InRange(all.Average(one => one.Hits), 4 - (3 * Math.Sqrt(all[0].Variance / 1000)), 4 + (3 * Math.Sqrt(all[0].Variance / 1000)));
        Assert.InRange(all.Average(one => Math.Pow(one.Hits - 4, 2)) / all[0].Variance, 0.8, 1.2);
    }

    [Fact]
    public void More_attacks_than_slots_leave_nothing_to_chance()
    {
        var full = ShuffledTruth.Of(Slots, 1000, attacks => attacks.Count(attack => attack.Stage == 2), 1);
        Assert.Equal((200, 50, 50, 0), (full.Attacks, full.Named, full.Hits, full.Variance));
    }
}
