using PipelineRobustness.Adversity.Attacks;
using PipelineRobustness.Adversity.Liars;
using PipelineRobustness.Models.Training;
using PipelineRobustness.Pipeline.Ports;
using PipelineRobustness.Pipeline.Running;
using PipelineRobustness.Pipeline.Verification;
using PipelineRobustness.Pipeline.Verification.Detectors;

namespace PipelineRobustness.Tests.Pipeline;

/// <summary>Whole runs with each attacker: undefended it changes the weights, and an exact defence finds it and ends with the clean ones.</summary>
public sealed class AttackerRunSpecs
{
    private static readonly Rig Undefended = new() { Layers = 4, Stages = 4, MicroBatches = 3, Iterations = 3 };

    private static readonly string CleanHash = Undefended.PlainLoop().Hash;

    /// <summary>Those that lie where nothing breaks.</summary>
    public static TheoryData<string, Direction> Attackers =>
    [
        .. from kind in AttackCatalog.Kinds
           where kind != "in-recovery" && !AttackCatalog.Create(kind).Accuses
           from direction in Enum.GetValues<Direction>()
           select (kind, direction),
    ];

    [Theory, MemberData(nameof(Attackers))]
    public void An_undefended_attacker_changes_the_weights_and_leaves_no_tensor(string kind, Direction direction)
    {
        var before = LiveTensors.Count;
        var ended = With(Undefended, kind, direction).Run();
        Assert.Equal(RunStatus.Done, ended.Status);
        Assert.NotEqual(CleanHash, ended.Hash);
        Assert.NotEmpty(ended.Attacks);
        Assert.Equal(ended.Hash, With(Undefended, kind, direction).Simulate(7).Hash);
        Assert.InRange(LiveTensors.Count, long.MinValue, before);
    }

    [Theory, MemberData(nameof(Attackers))]
    public void Substitute_detects_every_attack_and_keeps_the_clean_bits(string kind, Direction direction)
    {
        var ended = With(Undefended with { Remedy = "substitute", Copies = CopyPlacement.Ring }, kind, direction).Run();
        Assert.Equal(CleanHash, ended.Hash);
        Assert.Equal(ended.Attacks, ended.Detected);
        Assert.NotEmpty(ended.Attacks);
        Assert.Empty(ended.FalseVerdicts);
    }

    [Theory, MemberData(nameof(Attackers))]
    public void A_referee_convicts_the_attacker_and_keeps_the_clean_bits(string kind, Direction direction) =>
        Convicts(With(Undefended with { Remedy = "referee" }, kind, direction), 2);

    [Fact]
    public void A_referee_convicts_a_stage_of_other_labels_and_keeps_the_clean_bits() =>
        Convicts(Undefended with { Remedy = "referee", Liars = [new OtherLabels { Stage = ["last"] }] }, 3);

    /// <summary>Its own sum is false as well, so that an iteration with it is never committed, and is worked again.</summary>
    [Fact]
    public void Substitute_commits_no_iteration_with_other_labels()
    {
        Liar liar = new OtherLabels { Stage = ["last"], Rate = 0.5 };
        Assert.NotEqual(CleanHash, (Undefended with { Liars = [liar] }).Run().Hash);
        var ended = (Undefended with { Remedy = "substitute", Copies = CopyPlacement.Ring, Liars = [liar] }).Run();
        Assert.Equal(CleanHash, ended.Hash);
        Assert.NotEmpty(ended.Attacks);
        Assert.Equal(ended.Attacks, ended.Detected);
        Assert.Empty(ended.FalseVerdicts);
    }

    [Fact]
    public void An_attacker_in_recovery_lies_once_something_broke()
    {
        var rig = Undefended with { RetriesMax = 3, Copies = CopyPlacement.Ring, Forward = [new InRecovery { Rate = 1, Stage = 2 }] };
        Assert.Equal(CleanHash, rig.Run().Hash);
        var adversary = rig.Adversary();
        var ended = (rig with { Behaviour = Faults.At(1, 1).Backward.Once.Throw().With(adversary) }).Run();
        Assert.NotEqual(CleanHash, ended.Hash);
        Assert.Equal([1L, 2], adversary.Events.Select(attack => attack.Iteration));
    }

    /// <summary>Ends that send, and two neighbours, under a referee.</summary>
    [Theory]
    [InlineData("first", new[] { 0 })]
    [InlineData("last", new[] { 3 })]
    [InlineData("1 2", new[] { 1, 2 })]
    public void Attackers_are_convicted_wherever_they_are(string stages, int[] convicted)
    {
        Attack attack = new Scale { Rate = 1, Stages = stages.Split(' ') };
        var rig = Undefended with { Remedy = "referee" };
        Convicts(stages == "last" ? rig with { Backward = [attack] } : rig with { Forward = [attack] }, convicted);
    }

    /// <summary>
    /// Its copy of the detector has seen what the real one has, so that no lie is found; a micro-batch that it tells the truth about may be.
    /// </summary>
    [Fact]
    public void A_mimic_s_lies_are_not_found_by_the_detector_that_it_has_a_copy_of()
    {
        var rig = Undefended with { Remedy = "observe", Detector = new AveragesDetector { WarmUp = 20, Window = 60 }, Iterations = 24 };
        (int Attacks, int Detected) Count(Attack attack)
        {
            var ended = (rig with { Forward = [attack with { Stage = 2, From = 12 }] }).Run();
            return (ended.Attacks.Count, ended.Detected.Count);
        }

        Assert.Equal((12, 12), Count(new SignFlip { Rate = 1 }));
        var (attacks, detected) = Count(new Mimic { Rate = 1 });
        Assert.Equal(12, attacks);
        Assert.InRange(detected, 0, 3);
    }

    /// <summary>There are no copies, so that only an audit may find a lie.</summary>
    [Theory]
    [InlineData(AuditBelief.Draw, false)]
    [InlineData(AuditBelief.Asked, true)]
    public void A_gambler_is_convicted_unless_it_knows_the_draw(AuditBelief by, bool isConvicted)
    {
        var rig = Undefended with { Remedy = "referee", Copies = CopyPlacement.None, Audit = new AuditSettings { Share = 0.5 }, Iterations = 4 };
        var ended = (rig with { Forward = [new Gambler { Rate = 1, By = by, Stage = 2 }] }).Run();
        Assert.Equal(RunStatus.Done, ended.Status);
        Assert.NotEmpty(ended.Attacks);
        Assert.Equal(isConvicted ? [2] : [], Convicted(ended));
    }

    private static Rig With(Rig rig, string kind, Direction direction)
    {
        var attack = AttackCatalog.Create(kind) with { Rate = 1, Stage = 2 };
        return direction == Direction.Forward ? rig with { Forward = [attack] } : rig with { Backward = [attack] };
    }

    private static void Convicts(Rig rig, params int[] stages)
    {
        var ended = rig.Run();
        Assert.Equal((RunStatus.Done, CleanHash), (ended.Status, ended.Hash));
        Assert.Equal(stages, Convicted(ended));
    }

    private static IEnumerable<int> Convicted(Ended ended) =>
        ended.Committed.SelectMany(commit => commit.Rulings).Select(ruling => ruling.Convicted?.Stage).OfType<int>().Distinct().Order();
}
