using System.Collections.Concurrent;
using System.Globalization;
using PipelineRobustness.Adversity.Liars;
using PipelineRobustness.Pipeline.Ports;
using PipelineRobustness.Pipeline.Referee;
using PipelineRobustness.Pipeline.Running;

namespace PipelineRobustness.Tests.Pipeline.Referee;

/// <summary>
/// Under a referee whole runs end with the clean run's weights, moments and step counts, whichever stages lie in what, as long
/// as no two holders of a block say the same falsehood; liars are convicted, honest stages are not.
/// </summary>
/// <remarks>
/// Its long form, with INTERLEAVINGS=200, tries so many for each kind in place of 4, all acts, and 6 stages.
/// </remarks>
public sealed class LiarRunSpecs
{
    private const ulong Few = 4;

    private static readonly ulong Interleavings =
        Environment.GetEnvironmentVariable("INTERLEAVINGS") is { Length: > 0 } many ? ulong.Parse(many, CultureInfo.InvariantCulture) : Few;

    // The results of a plain loop, by what it trains.
    private static readonly ConcurrentDictionary<(int Stages, bool Tied), string> CleanOnes = new();

    // Each kind of lie, and the attempts that it costs: a disputed link costs one, and so does a conviction before the commit.
    private static readonly (Liar Liar, int Attempts)[] Kinds =
    [
        (new Equivocate(), 2),
        (new Equivocate { Over = Connection.Jump }, 2),
        (new Equivocate { Act = Act.Backward }, 2),
        (new Equivocate { Act = Act.Sum }, 2),
        (new Deny(), 2),
        (new Frame(), 1),
        (new FalseClaim(), 1),
        (new FalseSum(), 1),
        (new FalseNorm(), 1),
        (new FalseLoss(), 1),
        (new NoStep(), 0),
        (new Ascent(), 0),
        (new FalseDigest(), 0),
        .. Interleavings > Few ? OtherActs : [],
    ];

    private static IReadOnlyList<(Liar Liar, int Attempts)> OtherActs =>
    [
        (new Deny { Over = Connection.Jump }, 2),
        (new Deny { Act = Act.Backward }, 2),
        (new Deny { Act = Act.Sum }, 2),
        (new Frame { Act = Act.Backward }, 1),
        (new Frame { Act = Act.Sum }, 1),
        (new Frame { Act = Act.Step }, 0),
        (new FalseClaim { Act = Act.Backward }, 1),
        // The ends differ about what was sent before the holders differ about what was made.
        (new FalseClaim { Act = Act.Sum }, 2),
    ];

    private static (int Stages, bool Tied)[] Pipelines =>
        [(3, false), (4, true), .. Interleavings > Few ? ((int, bool)[])[(3, true), (4, false), (6, false), (6, true)] : []];

    public static TheoryData<int, int, bool, int> OneLiar =>
    [
        .. from pipeline in Pipelines
           from kind in Enumerable.Range(0, Kinds.Length)
           from stage in Enumerable.Range(0, pipeline.Stages)
           where IsPossible(kind, stage, pipeline.Stages, pipeline.Tied)
           select (kind, pipeline.Stages, pipeline.Tied, stage),
    ];

    /// <summary>It lies in each iteration, and is named in the first; the holder of its next seat tells the truth.</summary>
    [Theory, MemberData(nameof(OneLiar))]
    public void A_liar_is_convicted_and_leaves_nothing_behind(int kind, int stages, bool tied, int stage)
    {
        var (liar, attempts) = Kinds[kind];
        var ended = EndsClean(Of(stages, tied) with { Liars = [At(liar, stage)] });
        Assert.Equal([stage], Convicted(ended));
        Assert.Equal(ended.Iterations + attempts, Iterations(ended).Sum(commit => commit.Attempts));
    }

    /// <summary>Only convictions use up attempts: a link is relayed, so that there is one fewer to dispute.</summary>
    [Fact]
    public void An_attempt_that_ends_with_a_relay_alone_does_not_count()
    {
        var ended = EndsClean(Of(4, tied: true) with { Liars = [At(new Equivocate(), 1)], AttemptsMax = 2 });
        Assert.Equal([1], Convicted(ended));
    }

    /// <summary>A drawn stage attacks as under any other remedy.</summary>
    [Theory]
    [InlineData(3, false)]
    [InlineData(4, true)]
    [InlineData(6, true)]
    public void Attackers_of_both_directions_are_convicted(int stages, bool tied)
    {
        for (var stage = 0; stage < stages; stage++)
        {
            if (stage < stages - 1)
                Assert.Equal([stage], Convicted(EndsClean(Of(stages, tied) with { Forward = [Rig.Flip with { Stage = stage }] })));
            if (stage > 0)
                Assert.Equal([stage], Convicted(EndsClean(Of(stages, tied) with { Backward = [Rig.Noise with { Stage = stage }] })));
        }
    }

    /// <summary>Apart, they are convicted in one attempt where neither's lie reaches the other; as neighbours one after the other.</summary>
    [Theory]
    [InlineData(1, 3)]
    [InlineData(1, 2)]
    [InlineData(0, 5)]
    [InlineData(2, 4)]
    public void Two_liars_who_lie_each_by_itself_are_convicted(int one, int other)
    {
        foreach (var liar in (Liar[])[new FalseClaim(), new FalseClaim { Act = Act.Backward }, new FalseSum(), new Frame(), new NoStep()])
        {
            if (!liar.IsPossible(one, 6) || !liar.IsPossible(other, 6)) continue;
            var ended = EndsClean(Of(6, tied: true) with { Liars = [At(liar, one, other)] });
            Assert.Equal([one, other], Convicted(ended).Order());
        }
    }

    /// <summary>The limit: two holders of a block who say the same are an honest run with another block.</summary>
    [Theory]
    [InlineData(Act.Forward)]
    [InlineData(Act.Backward)]
    public void Both_holders_of_a_block_who_agree_are_believed(Act act)
    {
        var rig = Of(4, tied: true) with { Liars = [At(new Collude { Act = act }, 1)] };
        var ended = rig.Run();
        Assert.Equal(RunStatus.Done, ended.Status);
        Assert.NotEqual(rig.PlainLoop().Hash, ended.Hash);
        Assert.Empty(Rulings(ended));
        Assert.NotEmpty(ended.Attacks);
    }

    /// <summary>In whichever order messages arrive.</summary>
    [Fact]
    public void Interleavings_change_no_ruling()
    {
        for (var kind = 0; kind < Kinds.Length; kind++)
        {
            var rig = Of(4, tied: true) with { Liars = [At(Kinds[kind].Liar, 3), At(new Frame(), 1)] };
            if (!Kinds[kind].Liar.IsPossible(3, 4)) continue;
            var expected = rig.Run();
            for (var interleaving = 1UL; interleaving <= Interleavings; interleaving++)
            {
                var ended = rig.Simulate(interleaving);
                Assert.Equal(expected.Hash, ended.Hash);
                Assert.Equal(Rulings(expected), Rulings(ended));
            }
        }
    }

    private static Rig Of(int stages, bool tied) =>
        new() { Layers = stages, Stages = stages, MicroBatches = 2, MicroBatchSize = 1, Iterations = 2, Tied = tied, Remedy = "referee" };

    private static Liar At(Liar liar, params int[] stages) => liar with { Stage = [.. stages.Select(stage => $"{stage}")] };

    private static bool IsPossible(int kind, int stage, int stages, bool tied) =>
        Kinds[kind].Liar.IsPossible(stage, stages) && (tied || !Kinds[kind].Liar.NeedsTiedMatrix);

    private static IEnumerable<int> Convicted(Ended ended) => Rulings(ended).Select(ruling => ruling.Convicted?.Stage).OfType<int>();

    private static IEnumerable<Ruling> Rulings(Ended ended) => Iterations(ended).SelectMany(commit => commit.Rulings);

    // After a recovery the last one is reported again.
    private static IEnumerable<IterationCommitted> Iterations(Ended ended) => ended.Committed.DistinctBy(commit => commit.Iteration);

    private static Ended EndsClean(Rig rig)
    {
        var ended = rig.Run();
        Assert.Null(ended.Reason);
        Assert.Equal(CleanOnes.GetOrAdd((rig.Stages, rig.Tied), _ => rig.PlainLoop().Hash), ended.Hash);
        return ended;
    }
}
