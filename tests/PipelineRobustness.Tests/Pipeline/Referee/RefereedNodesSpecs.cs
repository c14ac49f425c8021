using PipelineRobustness.Adversity.Liars;
using PipelineRobustness.Pipeline.Messages;
using PipelineRobustness.Pipeline.Ports;
using PipelineRobustness.Pipeline.Referee;
using PipelineRobustness.Pipeline.Running;
using PipelineRobustness.Pipeline.Simulation;
using PipelineRobustness.Pipeline.Verification;

namespace PipelineRobustness.Tests.Pipeline.Referee;

/// <summary>Under a referee on several nodes: a liar's node is quarantined, and the same is ruled whatever dies meanwhile.</summary>
public sealed class RefereedNodesSpecs
{
    private const int Stages = 4;

    private static readonly Rig Honest = new()
    {
        Layers = Stages,
        Stages = Stages,
        MicroBatches = 2,
        MicroBatchSize = 1,
        Iterations = 3,
        Tied = true,
        Remedy = "referee",
        RetriesMax = 5,
    };

    private static readonly string Clean = Honest.PlainLoop().Hash;

    private static readonly Liar[] Liars =
        [new Frame(), new FalseClaim(), new Equivocate(), new Deny(), new FalseSum(), new FalseLoss(), new NoStep(), new FalseDigest()];

    public static TheoryData<int, int> Cases =>
    [
        .. from kind in Enumerable.Range(0, Liars.Length)
           from stage in Enumerable.Range(0, Stages)
           where Liars[kind].IsPossible(stage, Stages)
           select (kind, stage),
    ];

    [Theory, MemberData(nameof(Cases))]
    public void A_liar_loses_its_node_and_nothing_else_changes(int kind, int stage)
    {
        var rig = With(Liars[kind], stage);
        var (one, many) = (rig.Run(), Simulate(rig, 1, _ => { }, isInHearing: false));
        EndsClean(many);
        Assert.Equal(Rulings(one).Select(Elsewhere), Rulings(many).Select(Elsewhere));
        Assert.Equal([stage], Convicted(many));
        var node = Rulings(many).Last().Convicted!.Node;
        Assert.Equal($"node-{stage + 1}", node.Name);
        Assert.DoesNotContain(node, many.Events.OfType<IPlacement>().Last().Placement);
    }

    /// <summary>Each run draws its nodes' keys, and signatures differ from one time to the next.</summary>
    [Fact]
    public void Keys_and_signatures_decide_nothing()
    {
        var rig = With(new Frame(), 1);
        var (one, other) = (Simulate(rig, 1, _ => { }, isInHearing: false), Simulate(rig, 1, _ => { }, isInHearing: false));
        Assert.Equal(one.Hash, other.Hash);
        Assert.Equal(Rulings(one), Rulings(other));
        Assert.Equal(one.Committed.Select(Numbers), other.Committed.Select(Numbers));

        static (long, double, double, int, string) Numbers(IterationCommitted commit) =>
            (commit.Iteration, commit.Loss, commit.GradientNorm, commit.Attempts, string.Join(' ', commit.Digests));
    }

    /// <summary>The liar's node, either neighbour's, or another; and the server, which is then another.</summary>
    [Theory]
    [InlineData("frame", 0)]
    [InlineData("false-claim", 2)]
    [InlineData("equivocate", 1)]
    [InlineData("false-sum", 3)]
    [InlineData("no-step", 0)]
    [InlineData("no-step", 2)]
    public void A_death_in_the_attempt_changes_no_ruling(string kind, int stage)
    {
        var rig = With(Liars.Single(liar => liar.Kind == kind), stage);
        var expected = Rulings(rig.Run()).Select(Elsewhere).ToArray();
        foreach (var isInHearing in (bool[])[false, true])
        {
            for (var killed = 0; killed <= Stages; killed++)
            {
                var ended = Simulate(rig, (ulong)killed + 1, run => Strike(run, killed), isInHearing);
                EndsClean(ended);
                Assert.Equal(expected, Rulings(ended).Select(Elsewhere));
            }
        }
    }

    /// <summary>Where each block has one holder a death sends all back to version 0, or to a checkpoint, and the same is drawn again.</summary>
    [Theory]
    [InlineData("collude", 1)]
    [InlineData("no-step", 1)]
    public void A_death_changes_no_ruling_where_there_are_no_copies(string kind, int stage)
    {
        Liar liar = kind == "collude" ? new Collude() : new NoStep();
        var rig = With(liar, stage) with { Iterations = 4, Copies = CopyPlacement.None, Audit = new() { Share = 0.3, Steps = 0.5 } };
        var clean = rig.PlainLoop().Hash;
        var alone = rig.Run();
        Assert.Equal((null, clean), (alone.Reason, alone.Hash));
        foreach (var isInHearing in (bool[])[false, true])
        {
            foreach (var killed in (int[])[1, 3, Stages])
            {
                var ended = Simulate(rig, (ulong)killed + 1, run => Strike(run, killed), isInHearing);
                Assert.Equal((null, clean), (ended.Reason, ended.Hash));
                Assert.Equal(Rulings(alone).Select(Elsewhere), Rulings(ended).Select(Elsewhere));
                Assert.Equal(Audits(alone), Audits(ended));
            }
        }

        static IEnumerable<(long, AuditKeys)> Audits(Ended ended) =>
            ended.Committed.GroupBy(commit => commit.Iteration).Select(times => (times.Key, times.Last().Audits));
    }

    private static void Strike(RunSystem run, int killed)
    {
        if (killed < Stages)
        {
            run.Kill(new NodeId($"node-{killed + 1}"));
            return;
        }

        run.KillServer();
        run.Serve();
    }

    private static Rig With(Liar liar, int stage) => Honest with { Liars = [liar with { Stage = [$"{stage}"], From = 1 }] };

    private static Ended Simulate(Rig rig, ulong interleaving, Action<RunSystem> strike, bool isInHearing)
    {
        var (adversary, log) = (rig.Adversary(), new EventLog());
        RunSystem? system = null;
        var behaviour = new Striking(adversary, () => strike(system!), isInHearing);
        var outcome = SimulatedRun.Run(
            interleaving, rig.Spec(new RunPorts { Behaviour = behaviour }), log, nodes: Stages + 2, room: 1, (run, _) => system = run);
        Assert.NotNull(outcome);
        return Ended.Of(outcome, log, adversary);
    }

    private static void EndsClean(Ended ended)
    {
        Assert.Null(ended.Reason);
        Assert.Equal(Clean, ended.Hash);
    }

    private static IEnumerable<int> Convicted(Ended ended) => Rulings(ended).Select(ruling => ruling.Convicted?.Stage).OfType<int>();

    private static IEnumerable<Ruling> Rulings(Ended ended) =>
        ended.Committed.DistinctBy(commit => commit.Iteration).SelectMany(commit => commit.Rulings);

    private static Ruling Elsewhere(Ruling ruling) =>
        ruling.Convicted is { } convicted ? ruling with { Convicted = convicted with { Node = default } } : ruling;

    // Strikes once, in iteration 1: in its pass, or in the first hearing.
    private sealed class Striking(IStageBehaviour inner, Action strike, bool isInHearing) : DelegatingBehaviour(inner)
    {
        private bool _done;

        public override void BeforeWork(WorkContext context)
        {
            if (!isInHearing && context is { Iteration: 1, MicroBatch: 1, Direction: Direction.Backward }) Strike();
            base.BeforeWork(context);
        }

        public override void BeforeHearing(HearingContext context)
        {
            if (isInHearing) Strike();
            base.BeforeHearing(context);
        }

        private void Strike()
        {
            if (_done) return;
            _done = true;
            strike();
        }
    }
}
