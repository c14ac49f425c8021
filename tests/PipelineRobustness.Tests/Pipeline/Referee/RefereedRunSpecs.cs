using PipelineRobustness.Adversity.Network;
using PipelineRobustness.Models.Training;
using PipelineRobustness.Pipeline.Ports;
using PipelineRobustness.Pipeline.Running;
using static TorchSharp.torch;

namespace PipelineRobustness.Tests.Pipeline.Referee;

/// <summary>Whole runs with a referee, in which a stage sends what no stage can work on, or states falsely what it added up.</summary>
public sealed class RefereedRunSpecs
{
    private const int Guilty = 1;

    private static readonly TimeSpan Second = TimeSpan.FromSeconds(1);

    private static readonly Dictionary<string, Func<Tensor, Tensor>> Lies = new()
    {
        ["another shape"] = honest => honest.reshape(-1),
        ["another type"] = honest => honest.to(int32),
        ["sparse"] = honest => honest.to_sparse(),
        ["empty"] = _ => zeros(0),
        ["without data"] = honest => honest.to(META),
        ["larger than any memory"] = _ => sparse_coo_tensor(zeros(1, 1, int64), ones(1), [1L << 42]),
        ["endless"] = _ => zeros(1).expand(1L << 42),
        ["other numbers"] = honest => honest.add(1),
    };

    public static TheoryData<string, Direction> Sent
    {
        get
        {
            var data = new TheoryData<string, Direction>();
            foreach (var lie in Lies.Keys)
            {
                foreach (var direction in Enum.GetValues<Direction>()) data.Add(lie, direction);
            }

            return data;
        }
    }

    private static Rig Small => new() { Remedy = "referee", Layers = 3, Stages = 3, MicroBatches = 2, Iterations = 2 };

    /// <summary>It states what it sent: both receivers work on not-a-numbers, and say so.</summary>
    [Theory, MemberData(nameof(Sent))]
    public void A_stage_that_sends_a_malformed_tensor_is_convicted_alone(string lie, Direction direction)
    {
        var liar = new Scripted
        {
            Changes = context => context.Direction == direction && (context.Link is Link.Neighbour or Link.Jump || context.Part == StatementPart.Sent),
            Change = Lies[lie],
        };
        Check(Small with { Behaviour = liar }, expectedRelays: 0);
    }

    /// <summary>It states the truth, so that its neighbour seems to lie until the link is relayed.</summary>
    [Theory, MemberData(nameof(Sent))]
    public void A_stage_that_sends_another_tensor_than_it_states_is_convicted_alone(string lie, Direction direction)
    {
        var liar = new Scripted
        {
            Changes = context => context.Direction == direction && context.Link == Link.Neighbour,
            Change = Lies[lie],
            States = context => context.Direction == direction && context.Part == StatementPart.Sent,
        };
        Check(Small with { Behaviour = liar }, expectedRelays: 1);
    }

    /// <summary>Torch adds up in the order of the memory, so that the same values would give another stage other bits than its copy's holder.</summary>
    [Theory]
    [InlineData(Direction.Forward)]
    [InlineData(Direction.Backward)]
    public void The_order_in_which_a_tensor_lies_in_memory_changes_nothing(Direction direction)
    {
        var stage = new Scripted
        {
            Changes = context => context.Direction == direction && context.Link == Link.Neighbour,
            Change = honest => honest.permute(2, 0, 1).contiguous().permute(1, 2, 0),
        };
        var rig = Small with { Layers = 4, Stages = 4, Behaviour = stage };
        var ended = rig.Simulate(1);
        Assert.Empty(ended.Events.OfType<RulingMade>());
        Assert.Equal(rig.PlainLoop().Hash, ended.Hash);
    }

    /// <summary>The other holder shows what is needed.</summary>
    [Theory]
    [InlineData("without data")]
    [InlineData("larger than any memory")]
    public void A_malformed_exhibit_stops_no_hearing(string lie) =>
        Check(Small with { Behaviour = new Scripted { FalseSums = true, Shows = Lies[lie] } }, expectedRelays: 0);

    [Fact]
    public void A_run_with_hearings_and_relays_leaves_no_tensor()
    {
        IStageBehaviour[] liars =
        [
            new Scripted { FalseSums = true },
            new Scripted { Changes = context => context.Link == Link.Jump, Change = honest => honest.add(1).DetachFromDisposeScope() },
        ];
        foreach (var liar in liars)
        {
            Check(Small with { Behaviour = liar }, expectedRelays: liar == liars[0] ? 0 : 1);
            var before = LiveTensors.Count;
            Check(Small with { Behaviour = liar }, expectedRelays: liar == liars[0] ? 0 : 1);
            Assert.InRange(LiveTensors.Count, long.MinValue, before);
        }
    }

    /// <summary>
    /// A stage's forward takes a second here and its backward two: the referee's take as long. Nothing else of a ruling takes time
    /// but the attempt.
    /// </summary>
    [Fact]
    public void A_hearing_takes_virtual_time_as_a_stage_s_work_does()
    {
        var forward = new Scripted
        {
            Changes = context => context is { Part: StatementPart.Copy, Direction: Direction.Forward },
            Change = Lies["other numbers"],
        };
        var sums = new Scripted { FalseSums = true };
        var (clean, longer) = (Elapsed(HonestBehaviour.Instance, 2), Elapsed(HonestBehaviour.Instance, 3));
        var attempt = longer - clean;
        Assert.True(attempt > TimeSpan.Zero);
        Assert.Equal(clean + attempt + Second, Elapsed(forward, 2));
        Assert.Equal(clean + attempt + (Small.MicroBatches * 3 * Second), Elapsed(sums, 2));
    }

    private static void Check(Rig rig, int expectedRelays)
    {
        var ended = rig.Simulate(1);
        Assert.True(ended.Status == RunStatus.Done, ended.Reason);
        var rulings = ended.Events.OfType<RulingMade>().Select(made => made.Ruling).ToList();
        Assert.Equal([Guilty], rulings.Where(ruling => ruling.Convicted is not null).Select(ruling => ruling.Convicted!.Stage));
        Assert.Equal(expectedRelays, rulings.Count(ruling => ruling.Relayed is not null));
        Assert.Equal(rig.PlainLoop().Hash, ended.Hash);
    }

    private static TimeSpan Elapsed(IStageBehaviour behaviour, long iterations)
    {
        var rig = Small with { Iterations = iterations };
        using var end = new MachineRun
        {
            Spec = rig.Spec(),
            Cost = new ComputeCost(Enumerable.Repeat(Second, rig.Stages)),
            Behaviour = behaviour,
        }.Simulate();
        Assert.Equal(RunStatus.Done, end.Outcome?.Status);
        return end.Elapsed;
    }

    /// <summary>Lies in one iteration, in the seat with which the stage began.</summary>
    private sealed class Scripted : IStageBehaviour
    {
        private readonly Dictionary<(int Attempt, int MicroBatch), Tensor> _truths = [];

        public Func<SendContext, bool> Changes { get; init; } = _ => false;

        public Func<Tensor, Tensor> Change { get; init; } = honest => honest;

        /// <summary>What it states truly although it has sent something else.</summary>
        public Func<SendContext, bool>? States { get; init; }

        public bool FalseSums { get; init; }

        public Func<Tensor, Tensor>? Shows { get; init; }

        public Tensor Send(SendContext context, Tensor honest)
        {
            if (!Lies(context.Iteration, context.Stage, context.Seat)) return honest;
            var at = (context.Attempt, context.MicroBatch);
            if (States?.Invoke(context) == true) return _truths[at].alias();
            if (!Changes(context)) return honest;
            if (States is not null) _truths[at] = honest.alias();
            return Change(honest);
        }

        public ReportedSums Report(HeldContext context, ReportedSums honest) =>
            FalseSums && context.Block == Guilty && Lies(context.Iteration, context.Stage, context.Seat)
                ? honest with { Digest = honest.Digest + 1 }
                : honest;

        public Tensor? Show(HeldContext context, int? microBatch, Tensor honest) =>
            Shows is not null && Lies(context.Iteration, context.Stage, context.Seat) ? Shows(honest) : honest;

        private static bool Lies(long iteration, int stage, int seat) => iteration == 1 && stage == Guilty && seat == 0;
    }
}
