using PipelineRobustness.Adversity.Liars;
using PipelineRobustness.Pipeline.Ports;
using PipelineRobustness.Pipeline.Referee;
using PipelineRobustness.Pipeline.Running;

namespace PipelineRobustness.Tests.Pipeline.Referee;

/// <summary>What is drawn by lot is worked again though no stage disputes it, and convicts each that has stated something else.</summary>
public sealed class AuditSpecs
{
    private const int Stages = 4;

    private static readonly Rig Clean = new() { Layers = Stages, MicroBatches = 2, MicroBatchSize = 1, Iterations = 3, Remedy = "referee" };

    private static readonly string Hash = Clean.PlainLoop().Hash;

    private static readonly AuditSettings Everything = new() { Share = 1, Steps = 1 };

    [Fact]
    public void Audits_of_honest_stages_convict_none_and_change_nothing()
    {
        var run = (Clean with { Audit = new() { Share = 0.5, Steps = 0.5 } }).Simulate(1);
        Assert.Equal((RunStatus.Done, null, Hash), (run.Status, run.Reason, run.Hash));
        Assert.Empty(Rulings(run));
        Assert.Equal(
            [.. Iterations(run).Select(commit => PublicKeys(commit.Iteration, attempt: 0))], Iterations(run).Select(commit => commit.Audits));
    }

    public static TheoryData<Liar, Act> Colluders =>
    [
        (new Collude(), Act.Forward), (new Collude { Act = Act.Backward }, Act.Backward), (new NoStep { With = Cover.Next }, Act.Step),
        (new FalseNorm { With = Cover.Next }, Act.Sum),
    ];

    /// <summary>No comparison can find them. A false norm shows when the sum is worked again, after the commit.</summary>
    [Theory, MemberData(nameof(Colluders))]
    public void Colluders_whose_work_is_audited_are_both_convicted(Liar liar, Act act)
    {
        var run = (Clean with { Liars = [liar with { Stage = ["1"], From = 1 }], Audit = Everything }).Simulate(1, nodes: 8);
        Assert.Equal((RunStatus.Done, null, Hash), (run.Status, run.Reason, run.Hash));
        Assert.Equal([(act, 1), (act, 2)], Rulings(run).Select(ruling => (ruling.Act, ruling.Convicted!.Stage)));
        var key = AuditDraw.PublicKey(Clean.Seed, act is Act.Step or Act.Sum ? AuditKind.Step : AuditKind.Pass, 1, 0);
        Assert.All(Rulings(run), ruling => Assert.Equal(key, ruling.Convicted!.AuditKey));
    }

    /// <summary>A liar that knows the public draw lies only where it is not looked.</summary>
    [Fact]
    public void A_lie_in_what_is_not_drawn_is_committed()
    {
        var audit = new AuditSettings { Share = 0.25 };
        var free = Enumerable.Range(0, 100).First(iteration => !IsDrawn(iteration, audit.Share));
        var rig = Clean with { Iterations = free + 1, Audit = audit, Liars = [new Collude { Stage = ["1"], From = free }] };
        var run = rig.Simulate(1);
        Assert.Equal(RunStatus.Done, run.Status);
        Assert.Empty(Rulings(run));
        Assert.NotEqual(rig.PlainLoop().Hash, run.Hash);

        static bool IsDrawn(int iteration, double share) => Enumerable.Range(0, Clean.MicroBatches)
            .Any(m => AuditDraw.HasPart(AuditDraw.PublicKey(Clean.Seed, AuditKind.Pass, iteration, 0), 1, m, share));
    }

    [Fact]
    public void Audits_over_nodes_come_to_the_same_as_over_one()
    {
        var rig = Clean with { Audit = new() { Share = 0.5, Steps = 0.5 }, Liars = [new Collude { Rate = 0.7, Stage = ["any"] }, new FalseSum { Rate = 0.5 }] };
        var one = rig.Simulate(1);
        for (var interleaving = 1UL; interleaving <= 4; interleaving++)
        {
            var many = rig.Simulate(interleaving, nodes: 12);
            Assert.Equal((one.Hash, InWords(one)), (many.Hash, InWords(many)));
        }
    }

    private static AuditKeys PublicKeys(long iteration, int attempt) => new(
        AuditDraw.PublicKey(Clean.Seed, AuditKind.Pass, iteration, attempt), AuditDraw.PublicKey(Clean.Seed, AuditKind.Step, iteration, attempt));

    private static IterationCommitted[] Iterations(Ended run) => [.. run.Events.OfType<IterationCommitted>()];

    private static Ruling[] Rulings(Ended run) => [.. run.Events.OfType<RulingMade>().Select(made => made.Ruling)];

    private static string InWords(Ended run) => string.Join(
        '\n', Rulings(run).Select(r => $"{r.Iteration} {r.Attempt} {r.Act} {r.MicroBatch} {r.Convicted?.Stage} {r.Convicted?.Seat} {r.Convicted?.AuditKey}"));
}
