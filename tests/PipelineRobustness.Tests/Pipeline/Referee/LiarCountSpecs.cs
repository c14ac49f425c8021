using PipelineRobustness.Adversity.Liars;
using PipelineRobustness.Experiments.Runs;
using PipelineRobustness.Pipeline.Ports;
using PipelineRobustness.Pipeline.Referee;
using PipelineRobustness.Pipeline.Running;

namespace PipelineRobustness.Tests.Pipeline.Referee;

/// <summary>How the lies of whole runs are counted against a referee's rulings.</summary>
public sealed class LiarCountSpecs
{
    private const int Stages = 4;

    private static readonly Rig Clean = new() { Layers = Stages, MicroBatches = 2, MicroBatchSize = 1, Iterations = 2, Remedy = "referee" };

    private static readonly string Hash = Clean.PlainLoop().Hash;

    private static readonly Dictionary<string, Liar> Alone = new()
    {
        ["equivocate"] = new Equivocate(),
        ["deny jump"] = new Deny { Over = Connection.Jump },
        ["deny backward"] = new Deny { Act = Act.Backward },
        ["deny sum"] = new Deny { Act = Act.Sum },
        ["frame backward"] = new Frame { Act = Act.Backward },
        ["frame sum"] = new Frame { Act = Act.Sum },
        ["frame step"] = new Frame { Act = Act.Step },
        ["false-claim backward"] = new FalseClaim { Act = Act.Backward },
        ["false-claim sum"] = new FalseClaim { Act = Act.Sum },
        ["false-loss"] = new FalseLoss(),
        ["ascent"] = new Ascent(),
    };

    public static TheoryData<string, int> Liars =>
    [
        .. from one in Alone.Keys
           from stage in Enumerable.Range(0, Stages)
           where Alone[one].IsPossible(stage, Stages)
           select (one, stage),
    ];

    /// <summary>An attack on a link is averted by its relay, and detected when it is made over the relay.</summary>
    [Theory, MemberData(nameof(Liars))]
    public void An_attack_of_one_stage_is_detected(string entry, int stage)
    {
        var run = EndsClean([Alone[entry] with { Stage = [$"{stage}"], From = 1 }]);
        Assert.Equal([stage], Convicted(run));
        // The last stage sends its part of the tied matrix's gradient to two.
        var relayed = Rulings(run).Count(ruling => ruling.Relayed is not null);
        var averted = Math.Min(relayed, 1);
        // Over the relay it is convicted without a hearing.
        Assert.Equal(new ConvictionTally(1 + averted, 1, averted, 0, 0, 1 - averted, relayed), Tally(run));
    }

    public static TheoryData<Liar> Covered =>
    [
        new Collude(), new Collude { Act = Act.Backward }, new FalseNorm { With = Cover.Next }, new FalseLoss { With = Cover.Next, Stage = ["last"] },
        new NoStep { With = Cover.Next },
    ];

    [Theory, MemberData(nameof(Covered))]
    public void Neighbours_that_cover_each_other_are_missed(Liar liar)
    {
        var run = (Clean with { Liars = [liar.Stage is ["last"] ? liar : liar with { Stage = ["1"] }] }).Simulate(1);
        Assert.Equal((RunStatus.Done, null), (run.Status, run.Reason));
        Assert.Empty(Rulings(run));
        Assert.Equal(new ConvictionTally(4, 0, 0, 4, 0, 0, 0), Tally(run));
        // A loss is logged and steps nothing.
        Assert.Equal(liar is FalseLoss, run.Hash == Hash);
    }

    /// <summary>The other holder shows what the hearing needs.</summary>
    [Theory]
    [InlineData(Shown.Another)]
    [InlineData(Shown.Nothing)]
    public void A_stage_that_hides_what_the_other_holder_shows_is_averted(Shown shows)
    {
        var run = EndsClean([new FalseClaim { Stage = ["1"], From = 1 }, new Hide { Stage = ["2"], Shows = shows, From = 1 }]);
        Assert.Equal([1], Convicted(run));
        Assert.Equal(new ConvictionTally(2, 1, 1, 0, 0, 1, 0), Tally(run));
    }

    /// <summary>When another node is quarantined, its blocks are restored from their other holders.</summary>
    [Theory]
    [InlineData(0, 1)]
    [InlineData(2, 1)]
    [InlineData(3, 0)]
    public void A_stage_that_gives_a_false_state_is_convicted(int stage, int other)
    {
        var run = (Clean with { Liars = [new FalseState { Stage = [$"{stage}"] }, new FalseSum { Stage = [$"{other}"], From = 1 }] }).Simulate(1, nodes: 8);
        Assert.Equal((RunStatus.Done, null, Hash), (run.Status, run.Reason, run.Hash));
        Assert.Equal([other, stage], Convicted(run));
        Assert.Equal((0, 0), (Tally(run).FalseConvictions, Tally(run).Missed));
    }

    /// <summary>The next holder of a convicted stage's seat is given its blocks, and says that it was given others.</summary>
    [Theory]
    [InlineData(1)]
    [InlineData(8)]
    public void A_stage_that_denies_what_it_was_given_is_convicted(int nodes)
    {
        for (var stage = 0; stage < Stages; stage++)
        {
            Liar[] liars = [new FalseSum { Stage = [$"{stage}"], From = 1 }, new FalseState { End = TransferEnd.Receiver, Stage = [$"{stage}"], Seat = 1 }];
            var run = (Clean with { Liars = liars }).Simulate(1, nodes);
            Assert.Equal((RunStatus.Done, null, Hash), (run.Status, run.Reason, run.Hash));
            Assert.Equal([stage, stage], Convicted(run));
            Assert.Equal([Act.Sum, Act.Transfer], Rulings(run).Select(ruling => ruling.Act));
            Assert.Equal((0, 0, 1), (Tally(run).FalseConvictions, Tally(run).Missed, Tally(run).Hearings));
        }
    }

    /// <summary>Of version 0, which no commit vouches for: the referee builds the block itself.</summary>
    [Theory]
    [InlineData(1)]
    [InlineData(8)]
    public void A_stage_that_begins_with_a_false_state_is_convicted(int nodes)
    {
        for (var stage = 0; stage < Stages; stage++)
        {
            var run = (Clean with { Liars = [new FalseState { End = TransferEnd.Builder, Stage = [$"{stage}"] }] }).Simulate(1, nodes);
            Assert.Equal((RunStatus.Done, null, Hash), (run.Status, run.Reason, run.Hash));
            var ruling = Assert.Single(Rulings(run));
            Assert.Equal((0, 0, Act.Transfer, stage), (ruling.Iteration, ruling.Attempt, ruling.Act, ruling.Convicted!.Stage));
            Assert.Equal(new ConvictionTally(1, 1, 0, 0, 0, 0, 0), Tally(run));
        }
    }

    /// <summary>
    /// It is committed, and missed. When the state is next looked at, neither holder has what they reported: both are convicted, and all
    /// go back.
    /// </summary>
    [Theory]
    [InlineData(1, 0)]
    [InlineData(1, 1)]
    [InlineData(6, 0)]
    [InlineData(6, 1)]
    public void A_false_digest_that_both_holders_report_convicts_both_in_the_end(int nodes, int evaluateEvery)
    {
        for (var stage = 0; stage < Stages; stage++)
        {
            var rig = Clean with { EvaluateEvery = evaluateEvery, Liars = [new FalseDigest { With = Cover.Next, Stage = [$"{stage}"] }] };
            var run = rig.Simulate(1, nodes);
            Assert.Equal((RunStatus.Done, null, Hash), (run.Status, run.Reason, run.Hash));
            Assert.Equal([(stage, Act.Transfer), ((stage + 1) % Stages, Act.Transfer)], Rulings(run).Select(ruling => (ruling.Convicted!.Stage, ruling.Act)));
            Assert.Equal((0, 0), (Tally(run).FalseConvictions, Tally(run).Detected));
        }
    }

    /// <summary>What one of them does in an attempt that ended with the other's conviction is averted.</summary>
    [Theory]
    [InlineData("false-claim backward", "frame backward")]
    [InlineData("equivocate", "deny backward")]
    [InlineData("false-claim backward", "frame step")]
    [InlineData("ascent", "frame step")]
    public void Two_neighbours_that_lie_each_by_itself_are_both_convicted(string one, string other)
    {
        for (var stage = 0; stage < Stages; stage++)
        {
            var next = (stage + 1) % Stages;
            if (!Alone[one].IsPossible(stage, Stages) || !Alone[other].IsPossible(next, Stages)) continue;
            var run = EndsClean([Alone[one] with { Stage = [$"{stage}"] }, Alone[other] with { Stage = [$"{next}"] }]);
            Assert.Equal([.. ((int[])[stage, next]).Order()], Convicted(run).Order());
            Assert.Equal((2, 0), (Tally(run).Detected, Tally(run).Missed));
        }
    }

    [Fact]
    public void Rulings_and_counts_are_the_same_over_nodes_as_over_one()
    {
        Liar[] liars = [new FalseClaim { Rate = 0.5 }, new Equivocate { Rate = 0.5 }, new Ascent { Rate = 0.5, Seat = 1 }];
        var one = EndsClean(liars);
        for (var interleaving = 1UL; interleaving <= 4; interleaving++)
        {
            var many = (Clean with { Liars = liars }).Simulate(interleaving, nodes: 12);
            Assert.Equal((Hash, Tally(one)), (many.Hash, Tally(many)));
            Assert.Equal(InWords(one), InWords(many));
        }
    }

    private static Ended EndsClean(Liar[] liars)
    {
        var run = (Clean with { Liars = liars }).Simulate(1);
        Assert.Equal((RunStatus.Done, null), (run.Status, run.Reason));
        Assert.Equal((Hash, 0), (run.Hash, Tally(run).FalseConvictions));
        return run;
    }

    private static int[] Convicted(Ended run) => [.. Rulings(run).Select(ruling => ruling.Convicted?.Stage).OfType<int>()];

    private static Ruling[] Rulings(Ended run) => [.. run.Events.OfType<RulingMade>().Select(made => made.Ruling)];

    private static ConvictionTally Tally(Ended run) => ConvictionTally.Of(run.Attacks, Rulings(run));

    private static string InWords(Ended run) => string.Join(
        '\n', Rulings(run).Select(r => $"{r.Iteration} {r.Attempt} {r.Act} {r.MicroBatch} {r.Convicted?.Stage} {r.Convicted?.Seat} {r.Relayed}"));
}
