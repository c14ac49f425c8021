using Akka.Actor;
using PipelineRobustness.Pipeline.Messages;
using PipelineRobustness.Pipeline.Ports;
using PipelineRobustness.Pipeline.Referee;
using PipelineRobustness.Pipeline.Running;
using PipelineRobustness.Pipeline.Server;

namespace PipelineRobustness.Tests.Pipeline.Server;

/// <summary>What a member says may be any number: it is refused, or judged, and never ends the run by an exception.</summary>
public sealed class ForgedMessageSpecs
{
    private const int Stages = 4;
    private const int Seeds = 60;
    private const int StepsMost = 3_000;
    private const int ForgedMost = 60;

    private static readonly StepId Work = new(new Ballot(1, ServerRig.Here), 1, Purpose.Training, 0, 0, 0);
    private static readonly HolderReport Sums = new(1, [4.0], 1);
    private static readonly Verdict Found = new(1, 0, 0, 0, Direction.Forward, 1, 2, 0.5);

    /// <summary>A stage whose messages are forged until it has sent many; then it is honest, so that nothing is waited for.</summary>
    [Theory]
    [InlineData("referee")]
    [InlineData("substitute")]
    [InlineData("skip-with-server")]
    public void A_run_ends_under_forged_messages_of_a_stage(string remedy)
    {
        for (var seed = 1; seed <= Seeds; seed++)
        {
            var world = Play(remedy, new Random(seed));
            Assert.True(world.End is { Status: RunStatus.Done } or { Reason: not null }, $"seed {seed}: no end: {world.Server.Phase.WaitingFor}");
        }
    }

    public static TheoryData<object> False =>
    [
        new StageFailed(Stages, new NodeId("node-1"), "no reason", WhileBuilding: false),
        new StageWaits(-1, "nothing", null, TimeSpan.Zero),
        new ForwardDone(Work, int.MinValue, ""),
        new Prepared(Work, 1, Sums with { Block = 2 }, null, null, ""),
        new Prepared(Work, 1, Sums, Sums, null, ""),
        new Prepared(Work, 1, Sums, null, 1.5, ""),
        new PassChecked(Work, Direction.Forward, 2, [Found with { Suspect = Stages }], []),
        new PassChecked(Work, Direction.Forward, 2, [Found with { MicroBatch = int.MaxValue }], []),
        new PassChecked(Work, Direction.Forward, 2, [Found with { NoticedBy = 1 }], []),
        new PassChecked(Work, Direction.Forward, 2, [Found with { Iteration = 7 }], []),
        new PassChecked(Work, Direction.Forward, 2, [Found, Found], []),
        new StateConfirmed(Work, Stages, 1, null),
        new BlockRestored(Work, 1, -1, 1),
        new EvaluationSums(Work, [], 1),
        new EvaluationSums(Work, [1.5], long.MaxValue),
        new EvaluationSums(Work, [1.5], 0),
        new ShardDone(Work, int.MaxValue, null, null),
        new ShardDone(Work, 1, new ShardSeal(2, "block-2", "", 1), null),
        new Superseded(Work.Ballot, new Ballot(long.MaxValue, new NodeId("node-9"))),
        new Superseded(Work.Ballot, new Ballot(0, new NodeId("node-9"))),
    ];

    /// <summary>The first of its kind is reported, and none changes anything.</summary>
    [Theory, MemberData(nameof(False))]
    public void A_message_that_cannot_be_of_the_run_is_refused(object message)
    {
        var world = new CoordinatorWorld(ServerRig.Plan(Stages)).With(Stages);
        world.Deliver(sent => sent is Prepared { Work.Iteration: 1 });
        var (from, phase) = (world.Stage(1).Address, world.Server.Phase);
        for (var times = 0; times < 2; times++) world.Tell(message, from);
        Assert.Same(phase, world.Server.Phase);
        var refused = Assert.Single(world.Events.OfType<MessageRefused>());
        Assert.Equal(message.GetType().Name, refused.Kind);
        Assert.Contains("stage-1", refused.From, StringComparison.Ordinal);
        world.Deliver();
        Assert.Equal((RunStatus.Done, null), (world.End?.Status, world.End?.Reason));
    }

    [Theory]
    [InlineData(long.MinValue)]
    [InlineData(long.MaxValue)]
    public void A_wait_may_have_lasted_by_any_clock(long ticks)
    {
        var world = new CoordinatorWorld(ServerRig.Plan(Stages)).With(Stages);
        world.Deliver(sent => sent is Prepared { Work.Iteration: 1 });
        world.Tell(new StageWaits(1, "an activation", null, new TimeSpan(ticks)), world.Stage(1).Address);
        world.Deliver();
        Assert.Equal((RunStatus.Done, null), (world.End?.Status, world.End?.Reason));
    }

    /// <summary>Nothing would ever go over it.</summary>
    [Fact]
    public void A_relayed_link_that_there_is_none_of_is_not_waited_for()
    {
        var world = RefereedRun.Of(Stages);
        var forged = Rulings.None.With([new Ruling(0, 0, Act.Forward, 0, null, new StageLink(Direction.Forward, Link.Jump, 7, 99))], []);
        world.Reports = state => state with { Rulings = forged };
        world.Deliver(sent => sent is Prepared { Work.Iteration: 1 });
        world.TakeOver();
        world.Deliver();
        RefereedRun.AssertDone(world);
    }

    private static CoordinatorWorld Play(string remedy, Random random)
    {
        var plan = ServerRig.Plan(Stages, remedy: remedy);
        plan = plan with
        {
            LosesMessages = true,
            Recovery = plan.Recovery with { Retries = 1_000, RetryAfter = TimeSpan.FromSeconds(10) },
            Checkpoint = plan.Checkpoint with { Every = random.Next(3) },
            Evaluation = new EvaluationSettings { Every = random.Next(3) },
        };
        var (messages, liar, left) = (new ForgedMessages(random), random.Next(Stages), ForgedMost);
        var world = new CoordinatorWorld(plan, hasStore: true)
        {
            Forges = (message, from) => IsOf(from, liar) && random.Next(3) == 0 && left-- > 0 ? messages.Forge(message) : message,
        }.With(2 * Stages);
        for (var step = 0; step < StepsMost && world.End is null; step++)
        {
            if (step == 100) world.Kill(1 + random.Next(Stages));
            if (world.HasMail) world.DeliverOne(random.Next(4) == 0);
            else Wait(world);
        }

        return world;
    }

    private static bool IsOf(IActorRef from, int stage) => $"{from}".Contains($"/stage-{stage}-", StringComparison.Ordinal);

    private static void Wait(CoordinatorWorld world)
    {
        if (world.HasTimer<CoordinatorTimer.AskAgain>()) world.Fire<CoordinatorTimer.AskAgain>(TimeSpan.FromSeconds(1));
        if (world.HasMail || world.End is not null) return;
        world.Fire<CoordinatorTimer.Tick>(TimeSpan.FromSeconds(20));
        if (world.End is not null) return;
        world.AllWait(TimeSpan.FromSeconds(15));
        world.Fire<CoordinatorTimer.Tick>(TimeSpan.FromSeconds(1));
    }
}
