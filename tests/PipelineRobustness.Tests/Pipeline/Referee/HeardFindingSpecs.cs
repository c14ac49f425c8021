using PipelineRobustness.Adversity.Liars;
using PipelineRobustness.Pipeline.Ports;
using PipelineRobustness.Pipeline.Referee;
using PipelineRobustness.Pipeline.Running;
using PipelineRobustness.Pipeline.Verification;

namespace PipelineRobustness.Tests.Pipeline.Referee;

/// <summary>Under a referee a finding of a detector that needs no copy is a reason for a hearing, which convicts or clears.</summary>
public sealed class HeardFindingSpecs
{
    private const int Stages = 4;

    private static readonly Rig Clean = new()
    {
        Layers = Stages,
        MicroBatches = 2,
        MicroBatchSize = 1,
        Remedy = "referee",
        Copies = CopyPlacement.None,
        Detector = new FindsAll(),
    };

    private static readonly string Hash = Clean.PlainLoop().Hash;

    [Theory]
    [InlineData(CopyPlacement.None)]
    [InlineData(CopyPlacement.Ring)]
    public void Findings_that_are_false_convict_none_and_change_nothing(CopyPlacement copies)
    {
        var run = (Clean with { Copies = copies }).Simulate(1);
        Assert.Equal((RunStatus.Done, null, Hash), (run.Status, run.Reason, run.Hash));
        Assert.Empty(Rulings(run));
        // Both directions of three boundaries.
        Assert.Equal(Clean.Iterations * 2 * 3 * Clean.MicroBatches, run.Verdicts.Count);
        Assert.All(run.Committed, commit => Assert.Equal(1, commit.Attempts));
    }

    public static TheoryData<CopyPlacement, Act> Lies =>
        [.. from copies in (CopyPlacement[])[CopyPlacement.None, CopyPlacement.Ring] from act in (Act[])[Act.Forward, Act.Backward] select (copies, act)];

    /// <summary>With copies the two that agree on the lie, which no comparison finds.</summary>
    [Theory, MemberData(nameof(Lies))]
    public void A_stage_whose_lie_is_found_is_convicted(CopyPlacement copies, Act act)
    {
        var rig = Clean with { Copies = copies, Liars = [new Collude { Act = act, Stage = ["1"], From = 1 }] };
        foreach (var nodes in (int[])[1, 8])
        {
            var run = rig.Simulate(1, nodes);
            Assert.Equal((RunStatus.Done, null, Hash), (run.Status, run.Reason, run.Hash));
            int?[] liars = copies == CopyPlacement.None ? [1] : [1, 2];
            Assert.Equal(liars, Rulings(run).Select(ruling => ruling.Convicted?.Stage));
            Assert.All(Rulings(run), ruling => Assert.Equal((act, act == Act.Forward ? 2 : 0), (ruling.Act, ruling.Convicted!.FoundBy)));
            // What else was found in the attempt that ended is thrown away with it.
            Assert.Equal(Clean.Iterations * 2 * 3 * Clean.MicroBatches, run.Verdicts.DistinctBy(found => found with { Distance = 0 }).Count());
        }
    }

    /// <summary>It is heard, and cleared: a lie that is not found is committed.</summary>
    [Fact]
    public void A_lie_that_no_detector_finds_is_committed()
    {
        var run = (Clean with { Detector = new FindsNone(), Liars = [new Collude { Stage = ["1"], From = 1 }] }).Simulate(1);
        Assert.Equal(RunStatus.Done, run.Status);
        Assert.Empty(Rulings(run));
        Assert.NotEqual(Hash, run.Hash);
    }

    private static Ruling[] Rulings(Ended run) => [.. run.Events.OfType<RulingMade>().Select(made => made.Ruling)];

    private sealed record FindsAll : IDetector
    {
        public string Name => "finds-all";

        public bool NeedsCopy => false;

        public IDetectorState Restore(Direction direction, ReadOnlySpan<byte> saved) => NoDetectorState.Instance;

        public Finding? Inspect(in Observation observation, IDetectorState state) => new(1);
    }

    private sealed record FindsNone : IDetector
    {
        public string Name => "finds-none";

        public bool NeedsCopy => false;

        public IDetectorState Restore(Direction direction, ReadOnlySpan<byte> saved) => NoDetectorState.Instance;

        public Finding? Inspect(in Observation observation, IDetectorState state) => null;
    }
}
