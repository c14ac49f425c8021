using FsCheck;
using FsCheck.Fluent;
using PipelineRobustness.Adversity.Attacks;
using PipelineRobustness.Models;
using PipelineRobustness.Pipeline.Ports;
using static TorchSharp.torch;

namespace PipelineRobustness.Tests.Adversity;

/// <summary>Which stage attacks when, and what counts as an attack.</summary>
public sealed class AdversarySpecs
{
    private const int Stages = 6;
    private const int Iterations = 4000;

    private static readonly Attack Flip = new SignFlip { Rate = 1 };
    private static readonly Attack Noise = new GaussianNoise { Rate = 1 };

    [Theory]
    [InlineData(0)]
    [InlineData(0.3)]
    [InlineData(0.7)]
    [InlineData(1)]
    public void Each_iteration_is_attacked_with_the_rate_by_one_middle_stage_drawn_uniformly(double rate)
    {
        var attackers = Attackers(Make([Flip with { Rate = rate }]), Direction.Forward);
        Assert.All(attackers, s => Assert.True(s.Length <= 1));
        Assert.Equal(rate, attackers.Count(s => s.Length == 1) / (double)Iterations, 0.03);
        var drawn = attackers.SelectMany(s => s).CountBy(s => s).OrderBy(s => s.Key).ToArray();
        if (rate == 0) return;
        Assert.Equal([1, 2, 3, 4], drawn.Select(s => s.Key));
        Assert.All(drawn, s => Assert.Equal(0.25, s.Value / (rate * Iterations), 0.04));
    }

    [Fact]
    public void A_named_stage_is_the_attacker() =>
        Assert.All(Attackers(Make([Flip with { Stage = 4 }]), Direction.Forward), s => Assert.Equal([4], s));

    [Fact]
    public void All_stages_of_a_list_attack_in_the_named_iterations()
    {
        var attackers = Attackers(Make([Flip with { Stages = ["last", "2", "first"], From = 10, Until = 20 }]), Direction.Forward);
        Assert.All(attackers[10..20], s => Assert.Equal([5, 2, 0], s));
        Assert.All(attackers[..10].Concat(attackers[20..]), Assert.Empty);
    }

    /// <summary>The first is the one that would be drawn alone.</summary>
    [Fact]
    public void Several_stages_in_the_middle_are_drawn_of_any()
    {
        var pairs = Attackers(Make([Flip with { Any = 2 }]), Direction.Forward).ToList();
        Assert.Equal(Attackers(Make([Flip]), Direction.Forward).Select(one => one[0]), pairs.Select(pair => pair[0]));
        Assert.Equal(12, pairs.Select(pair => (pair[0], pair[1])).Distinct().Count());
        Assert.All(pairs, pair => Assert.Equal(2, pair.Distinct().Count(stage => stage is >= 1 and <= 4)));
        Assert.All(Attackers(Make([Flip with { Any = 4 }]), Direction.Forward), all => Assert.Equal([1, 2, 3, 4], all.Order()));
    }

    /// <summary>Two entries of rate one half attack together in a quarter of the iterations, and then through one stage in a quarter of them.</summary>
    [Fact]
    public void Each_entry_draws_its_own_attackers()
    {
        var half = Flip with { Rate = 0.5 };
        var both = Attackers(Make([half, half]), Direction.Forward).Where(s => s.Length == 2).ToArray();
        Assert.Equal(0.25, both.Length / (double)Iterations, 0.03);
        Assert.Equal(0.25, both.Count(s => s[0] == s[1]) / (double)both.Length, 0.05);
        var adversary = Make([half], [Noise with { Rate = 0.5 }]);
        var together = Attackers(adversary, Direction.Forward).Zip(Attackers(adversary, Direction.Backward))
            .Count(s => s.First.Length + s.Second.Length == 2);
        Assert.Equal(0.25, together / (double)Iterations, 0.03);
    }

    [Fact]
    public void A_new_attempt_draws_new_attackers_and_a_further_pass_keeps_them()
    {
        var adversary = Make([Flip with { Rate = 0.5 }]);
        var first = Enumerable.Range(0, 100).Select(i => string.Join(",", adversary.Drawn(Direction.Forward, i, 0)));
        var second = Enumerable.Range(0, 100).Select(i => string.Join(",", adversary.Drawn(Direction.Forward, i, 1)));
        Assert.NotEqual(first, second);
        var iteration = Enumerable.Range(0, 100).First(i => adversary.Drawn(Direction.Forward, i, 0) is [2]);
        for (var pass = 0; pass < 5; pass++)
            Assert.False(Sent(adversary, At(iteration) with { Pass = pass }).SequenceEqual(Truth));
    }

    [Fact]
    public void An_attacker_lies_alike_on_neighbour_and_jump_links_and_nowhere_else()
    {
        foreach (var (adversary, direction) in new[]
        {
            (Make([new UniformNoise { Rate = 1, Stage = 2 }]), Direction.Forward), (Make([], [Noise with { Stage = 2 }]), Direction.Backward),
        })
        {
            var at = At(0) with { Direction = direction };
            var lie = Sent(adversary, at);
            Assert.Equal(lie, Sent(adversary, at with { Link = Link.Jump }));
            Assert.NotEqual(lie, Sent(adversary, at with { MicroBatch = 1 }));
            Assert.NotEqual(lie, Sent(adversary, at with { Attempt = 1 }));
            Assert.NotEqual(Truth, Sent(adversary, at with { MicroBatch = 7 }));
            Assert.Equal(Truth, Sent(adversary, at with { Link = Link.Enclosure }));
            Assert.Equal(Truth, Sent(adversary, at with { Link = Link.Tied }));
            Assert.Equal(Truth, Sent(adversary, at with { Link = Link.Statement, Part = StatementPart.Sent }));
            Assert.Equal(Truth, Sent(adversary, at with { Seat = 1 }));
            Assert.Equal(Truth, Sent(adversary, at with { Stage = 3 }));
            Assert.Equal(Truth, Sent(adversary, at with { Direction = 1 - direction }));
        }
    }

    [Fact]
    public void An_attack_counts_from_its_first_lie_sent_and_once()
    {
        var adversary = Make([Flip with { Stage = 2 }]);
        Assert.Empty(adversary.Events);
        Sent(adversary, At(0) with { Link = Link.Enclosure });
        Sent(adversary, At(0) with { Stage = 1 });
        Assert.Empty(adversary.Events);
        foreach (var iteration in new[] { 4, 0 })
        {
            for (var microBatch = 0; microBatch < 3; microBatch++) Sent(adversary, At(iteration) with { MicroBatch = microBatch });
            Sent(adversary, At(iteration) with { Attempt = 1, Link = Link.Jump });
        }

        Assert.Equal(
            [
                new(0, 0, Direction.Forward, 2), new(0, 1, Direction.Forward, 2),
                new(4, 0, Direction.Forward, 2), new(4, 1, Direction.Forward, 2),
            ],
            adversary.Events);
    }

    [Fact]
    public void A_note_lists_the_lies_its_own_stage_sent_in_that_attempt()
    {
        var adversary = Make([Flip with { Stage = 2 }], Noise with { Stage = 2 });
        Assert.Equal("", adversary.Note(4, 1, 2));
        Sent(adversary, At(4) with { Attempt = 1 });
        Assert.Equal("forward 4 1 2", adversary.Note(4, 1, 2));
        Sent(adversary, At(4) with { Attempt = 1, Direction = Direction.Backward });
        Sent(adversary, At(4) with { Attempt = 1, MicroBatch = 1 });
        var note = adversary.Note(4, 1, 2);
        Assert.Equal([new(4, 1, Direction.Forward, 2), new(4, 1, Direction.Backward, 2)], AttackEvent.Parse(note));
        foreach (var (iteration, attempt, stage) in new[] { (4, 0, 2), (5, 1, 2), (4, 1, 1), (4, 1, 3) })
            Assert.Equal("", adversary.Note(iteration, attempt, stage));
    }

    [Fact]
    public void Any_set_of_attacks_is_read_back_from_its_note() => Prop.ForAll<(NonNegativeInt, NonNegativeInt, bool, NonNegativeInt)[]>(drawn =>
    {
        var attacks = drawn.Select(a => new AttackEvent(a.Item1.Get, a.Item2.Get, a.Item3 ? Direction.Backward : Direction.Forward, a.Item4.Get)).ToList();
        return AttackEvent.Parse(AttackEvent.ToNote(attacks)).SequenceEqual(attacks);
    }).QuickCheckThrowOnFailure();

    [Theory]
    [InlineData("forward 1 2")]
    [InlineData("sideways 1 2 3")]
    [InlineData("forward -1 2 3")]
    [InlineData("forward 1 2 99999999999")]
    [InlineData("forward 1 2 3,backward 1 2 3")]
    public void A_malformed_note_is_refused(string note) => Assert.Throws<FormatException>(() => AttackEvent.Parse(note));

    /// <summary>Only the accuser's detector receives the lie, and the accused are the stages that an attack of the same rate would have chosen.</summary>
    [Theory]
    [InlineData(Direction.Forward)]
    [InlineData(Direction.Backward)]
    public void A_false_accusation_goes_to_the_own_detector_only_and_is_no_attack(Direction direction)
    {
        Attack accusation = new FalseAccusation { Rate = 0.5 };
        var truly = direction == Direction.Forward ? Make([Flip with { Rate = 0.5 }]) : Make([], [Noise with { Rate = 0.5 }]);
        var falsely = direction == Direction.Forward ? Make([accusation]) : Make([], [accusation]);
        Assert.Equal(Attackers(truly, direction), Attackers(falsely, direction));
        var accused = falsely.Drawn(direction, FirstAttacked(falsely, direction), 0)[0];
        var at = At(FirstAttacked(falsely, direction)) with { Direction = direction, Stage = accused + 1 };
        var compared = at with { Link = Link.Comparison, Judged = accused };
        Assert.All(Sent(falsely, compared), value => Assert.Equal(float.NaN, value));
        Assert.Equal(Truth, Sent(falsely, compared with { Judged = accused + 1, Stage = accused }));
        Assert.Equal(Truth, Sent(truly, compared));
        foreach (var link in Enum.GetValues<Link>().Except([Link.Comparison]))
        {
            Assert.Equal(Truth, Sent(falsely, at with { Link = link }));
            Assert.Equal(Truth, Sent(falsely, at with { Link = link, Stage = accused }));
        }

        Assert.Empty(falsely.Events);
        Assert.Empty(truly.Events);
    }

    [Theory]
    [InlineData(2, "sign-flip", 1, null, "attack.forward: expected at least 3 stages (an attacker is a middle stage), found 2")]
    [InlineData(6, "sign-flip", 1.5, null, "attack.forward.rate: expected 0 to 1, found 1.5")]
    [InlineData(6, "sign-flip", double.NaN, null, "attack.forward.rate: expected 0 to 1, found NaN")]
    [InlineData(6, "sign-flip", 1, -1, "attack.forward.stage: expected 0 to 5 (stages that send activations), found -1")]
    [InlineData(6, "sign-flip", 1, 6, "attack.forward.stage: expected 0 to 5 (stages that send activations), found 6")]
    public void An_impossible_entry_is_named(int stages, string kind, double rate, int? stage, string message) => Assert.Equal(
        message, Assert.Throws<BadInputException>(() => new Adversary(1, stages, [AttackCatalog.Create(kind) with { Rate = rate, Stage = stage }])).Message);

    private static readonly float[] Truth = [1, -2, 3];

    private static Adversary Make(Attack[] forward, params Attack[] backward) =>
        new(3, Stages, [.. forward, .. backward.Select(attack => attack with { Direction = Direction.Backward })]);

    private static int[][] Attackers(Adversary adversary, Direction direction) =>
        [.. Enumerable.Range(0, Iterations).Select(i => adversary.Drawn(direction, i, 0).ToArray())];

    private static int FirstAttacked(Adversary adversary, Direction direction) =>
        Enumerable.Range(0, Iterations).First(i => adversary.Drawn(direction, i, 0).Count > 0);

    private static SendContext At(int iteration) => new(iteration, 0, 0, 0, Direction.Forward, 2, Link.Neighbour);

    private static float[] Sent(Adversary adversary, SendContext context)
    {
        using var honest = tensor(Truth);
        using var sent = adversary.Send(context, honest);
        return [.. sent.data<float>()];
    }
}
