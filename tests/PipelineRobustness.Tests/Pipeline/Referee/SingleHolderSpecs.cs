using PipelineRobustness.Adversity.Liars;
using PipelineRobustness.Benchmarks;
using PipelineRobustness.Pipeline.Ports;
using PipelineRobustness.Pipeline.Referee;
using PipelineRobustness.Pipeline.Running;
using PipelineRobustness.Pipeline.Verification;

namespace PipelineRobustness.Tests.Pipeline.Referee;

/// <summary>A referee where each block has one holder: nothing is compared but the ends of links, so that lots and detectors lead to hearings.</summary>
public sealed class SingleHolderSpecs
{
    private const int Stages = 4;

    private static readonly Rig Clean = new()
    {
        Layers = Stages,
        MicroBatches = 2,
        MicroBatchSize = 1,
        Iterations = 4,
        Remedy = "referee",
        Copies = CopyPlacement.None,
        Audit = new() { Share = 1, Steps = 1 },
    };

    private static readonly string Hash = Clean.PlainLoop().Hash;

    [Theory]
    [InlineData(2)]
    [InlineData(3)]
    [InlineData(4)]
    public void Audits_of_honest_stages_convict_none_and_change_nothing(int stages)
    {
        var run = (Clean with { Stages = stages }).Simulate(1);
        Assert.Equal((RunStatus.Done, null, Hash), (run.Status, run.Reason, run.Hash));
        Assert.Empty(Rulings(run));
    }

    public static TheoryData<Liar, Act> Lies =>
    [
        (new Collude(), Act.Forward), (new Collude { Act = Act.Backward }, Act.Backward), (new NoStep(), Act.Step),
        (new FalseDigest(), Act.Step), (new FalseNorm(), Act.Sum), (new FalseSum(), Act.Sum),
    ];

    /// <summary>Its successor's block comes from the last checkpoint, or from version 0.</summary>
    [Theory, MemberData(nameof(Lies))]
    public void A_stage_whose_work_is_audited_is_convicted_of_its_lie(Liar liar, Act act)
    {
        foreach (var nodes in (int[])[1, 8])
        {
            var run = (Clean with { Liars = [liar with { Stage = ["1"], From = 2, Until = 3 }] }).Simulate(1, nodes);
            Assert.Equal((RunStatus.Done, null, Hash), (run.Status, run.Reason, run.Hash));
            Assert.Equal([(act, 1, 2L)], Rulings(run).Select(ruling => (ruling.Act, ruling.Convicted!.Stage, ruling.Iteration)));
        }
    }

    [Fact]
    public void A_link_that_its_ends_dispute_is_relayed()
    {
        var run = (Clean with { Audit = new() { Steps = 0.1 }, Liars = [new Deny { Stage = ["2"], From = 1 }] }).Simulate(1, nodes: 8);
        Assert.Equal((RunStatus.Done, null, Hash), (run.Status, run.Reason, run.Hash));
        Assert.Equal([null, 2], Rulings(run).Select(ruling => ruling.Convicted?.Stage));
    }

    /// <summary>Nobody else has the weights: what they should be is built upon what they are.</summary>
    [Fact]
    public void A_lie_in_a_step_that_is_not_drawn_is_built_upon()
    {
        var rig = Clean with { Audit = new() { Share = 1 }, Liars = [new NoStep { Stage = ["1"], From = 2, Until = 3 }] };
        var run = rig.Simulate(1);
        Assert.Equal(RunStatus.Done, run.Status);
        Assert.Empty(Rulings(run));
        Assert.NotEqual(Hash, run.Hash);
    }

    /// <summary>With <c>AuditDrawSpecs</c>, recall and delay are what theory says; the benchmark <c>audits</c> measures both.</summary>
    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    public void Lies_are_found_in_the_iterations_of_which_one_is_drawn_and_in_no_other(int lies)
    {
        const double Share = 0.25;
        var rig = Clean with
        {
            Stages = 3,
            Iterations = 20,
            Audit = new() { Share = Share },
            QuarantineAfter = 1000,
            Behaviour = new FirstAttemptLiar(stage: 1, lies),
        };
        var drawn = Enumerable.Range(0, (int)rig.Iterations).Where(iteration => Enumerable.Range(0, lies).Any(microBatch =>
            AuditDraw.HasPart(AuditDraw.PublicKey(rig.Seed, AuditKind.Pass, iteration, 0), 1, microBatch, Share)));
        var run = rig.Simulate(1);
        Assert.Equal(RunStatus.Done, run.Status);
        Assert.Equal(drawn, run.Committed.Where(commit => !commit.Rulings.IsEmpty).Select(commit => (int)commit.Iteration));
    }

    /// <summary>What is found after the commit is bounded as attempts are, whichever seat lies.</summary>
    [Fact]
    public void An_iteration_is_given_up_after_so_many_false_sums()
    {
        FalseNorm[] liars = [.. Enumerable.Range(0, 3).Select(seat => new FalseNorm { Stage = ["1"], Seat = seat })];
        var run = (Clean with { Liars = liars, AttemptsMax = 2 }).Simulate(1);
        Assert.Equal(RunStatus.Failed, run.Status);
        Assert.StartsWith("iteration 0 was given up after 2 attempts (defence.attempts); the last: stage 1 on ", run.Reason, StringComparison.Ordinal);
        Assert.Equal(2, Rulings(run).Length);
    }

    private static Ruling[] Rulings(Ended run) => [.. run.Events.OfType<RulingMade>().Select(made => made.Ruling)];
}
