using System.Collections.Immutable;
using Akka.Actor;
using Akka.TestKit;
using Akka.TestKit.Xunit;
using PipelineRobustness.Models.Training;
using PipelineRobustness.Pipeline.Messages;
using PipelineRobustness.Pipeline.Ports;
using PipelineRobustness.Pipeline.Referee;
using PipelineRobustness.Pipeline.Running;
using PipelineRobustness.Pipeline.Server;
using PipelineRobustness.Pipeline.Stages;
using static TorchSharp.torch;

namespace PipelineRobustness.Tests.Pipeline;

/// <summary>The last of two stages in isolation: which messages it accepts. One micro-batch, with messages sent by hand.</summary>
public sealed class StageSpecs : TestKit
{
    private static readonly StepId Work = new(new Ballot(2, new NodeId("n")), 4, Purpose.Training, 0, 1, 1);

    private readonly Rig _rig = new() { Layers = 2, Stages = 2, MicroBatches = 1 };
    private readonly TestProbe _first;
    private readonly TestProbe _server;
    private readonly IActorRef _stage;

    public StageSpecs(ITestOutputHelper output)
        : base(RunConfiguration.Quiet, output: output)
    {
        _first = CreateTestProbe();
        _server = CreateTestProbe();
        var setup = new StageSetup(_rig.Spec());
        _stage = Sys.ActorOf(Props.Create(() => new Stage(Order(1), new NodeId("n"), setup, Rig.Key)));
        _stage.Tell(new StageAddresses(Work.Ballot, [_first, _stage], [], Nothing), _server);
    }

    private static ServerState Nothing => new(Work.Ballot, 0, [], 0, [], TimeSpan.Zero, 0, [], Rulings.None);

    public static TheoryData<StepId> Earlier =>
    [
        Work with { Pass = 0 }, Work with { Attempt = 0, Pass = 3 }, Work with { Iteration = 3, Attempt = 7 },
        Work with { Purpose = Purpose.Evaluation }, Work with { Ballot = new Ballot(1, new NodeId("z")), Iteration = 9 },
        Work with { Ballot = new Ballot(2, new NodeId("m")), Iteration = 9 },
    ];

    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    [Theory, MemberData(nameof(Earlier))]
    public async Task A_message_of_an_earlier_step_is_disposed_of(StepId earlier)
    {
        Begin(Work);
        var stray = Send(earlier);
        await AwaitConditionAsync(() => Task.FromResult(stray.IsInvalid), cancellationToken: Stop);
        Send(Work);
        await ExpectGradient(Work);
    }

    [Fact]
    public async Task A_message_of_a_later_step_waits_until_it_begins()
    {
        var early = Send(Work);
        Begin(Work with { Pass = 0 });
        // Answered after everything that was sent before, and after the work that this gave the stage.
        for (var i = 0; i < 2; i++) await _stage.Ask<ActorIdentity>(new Identify(i), Stop);
        Assert.False(early.IsInvalid);
        Begin(Work);
        await ExpectGradient(Work);
    }

    [Theory, MemberData(nameof(Earlier))]
    public async Task A_pass_begins_only_after_an_earlier_one(StepId earlier)
    {
        Begin(Work);
        Begin(earlier);
        Send(Work);
        await ExpectGradient(Work);
    }

    public static TheoryData<string> OddTensors => ["wide", "many", "flat", "whole numbers", "none"];

    /// <summary>It is not-a-numbers to the stage, whose losses say so.</summary>
    [Theory, MemberData(nameof(OddTensors))]
    public async Task An_odd_tensor_in_an_evaluation_fails_no_stage(string odd)
    {
        var work = Work with { Purpose = Purpose.Evaluation, Attempt = 0, Pass = 0 };
        _stage.Tell(new BeginPass(work, PassKind.Evaluation, ImmutableSortedSet<int>.Empty, 0, 1, Rulings.None), _server);
        Tensor[] elsewhere = [zeros(1), zeros(1), zeros(1)];
        foreach (var (at, microBatch) in ((int, int)[])[(0, -1), (1, 1), (2, int.MaxValue)])
            _stage.Tell(new TensorSent(work, Direction.Forward, Link.Neighbour, microBatch, 0, 1, elsewhere[at], false, null));
        var (windows, time, hidden) = (_rig.MicroBatchSize, _rig.Plan.SequenceLength, _rig.Plan.Model.Hidden);
        _stage.Tell(new TensorSent(work, Direction.Forward, Link.Neighbour, 0, 0, 1, odd switch
        {
            "wide" => zeros(windows, time, hidden + 1),
            "many" => zeros(windows + 1, time, hidden),
            "flat" => zeros(hidden),
            "whole numbers" => zeros(windows, time, hidden, int64),
            _ => zeros(0),
        }, false, null));
        var found = (EvaluationSums)await _server.FishForMessageAsync(message => message is EvaluationSums, cancellationToken: Stop);
        Assert.Equal(Enumerable.Repeat(double.NaN, windows), found.Sums);
        Assert.All(elsewhere, tensor => Assert.True(tensor.IsInvalid));
    }

    [Fact]
    public async Task A_stage_steps_once_and_only_by_the_commit_of_its_own_work()
    {
        Begin(Work);
        Send(Work);
        await ExpectGradient(Work);
        _stage.Tell(new TensorSent(Work, Direction.Backward, Link.Tied, 0, 0, 1, zeros(29, 16), false, null));
        await _server.FishForMessageAsync(m => m is Prepared, cancellationToken: Stop);
        Commit(Work with { Pass = 2 });
        Commit(Work with { Iteration = 5 });
        Commit(Work);
        Assert.Equal(Work, (await _server.ExpectMsgAsync<Committed>(cancellationToken: Stop)).Work);
        _stage.Tell(Roll(3), _server);
        Assert.Equal(Work.Iteration + 1, (await _server.ExpectMsgAsync<StageState>(cancellationToken: Stop)).Version);
    }

    /// <summary>So that a run can continue if another stage is lost while all of them are collected.</summary>
    [Fact]
    public async Task A_stage_keeps_a_block_that_was_collected()
    {
        await PrepareWork();
        Commit(Work);
        var committed = await _server.ExpectMsgAsync<Committed>(cancellationToken: Stop);
        _stage.Tell(new CollectBlock(Work), _server);
        using var collected = await _server.ExpectMsgAsync<BlockCollected>(cancellationToken: Stop);
        var given = Digest(collected.State);
        _stage.Tell(Roll(3), _server);
        Assert.Equal(committed.Own, (await _server.ExpectMsgAsync<StageState>(cancellationToken: Stop)).Own);
        Sys.Stop(_stage);
        await _server.WatchAsync(_stage);
        await _server.ExpectTerminatedAsync(_stage, cancellationToken: Stop);
        Assert.Equal(given, Digest(collected.State));
    }

    [Fact]
    public async Task A_stage_that_promised_a_ballot_refuses_every_order_of_a_lower_one()
    {
        await PrepareWork();
        _stage.Tell(Roll(3), _server);
        await _server.ExpectMsgAsync<StageState>(cancellationToken: Stop);
        var paused = CreateTestProbe();
        foreach (var order in new object[]
        {
            new BeginPass(Work with { Pass = 5 }, PassKind.Whole, [], 0, 1, Rulings.None), CommitOf(Work), new CollectBlock(Work), Roll(2),
            new WriteShard(Work),
        })
        {
            _stage.Tell(order, paused);
            Assert.Equal(new Ballot(3, new NodeId("n")), (await paused.ExpectMsgAsync<Superseded>(cancellationToken: Stop)).Promised);
        }
    }

    /// <summary>The message that it waits for may be lost, and no other actor would know.</summary>
    [Fact]
    public async Task A_stage_that_has_nothing_to_do_says_so()
    {
        var rig = _rig with { WaitReport = TimeSpan.FromMilliseconds(50) };
        var setup = new StageSetup(rig.Spec());
        Sys.ActorOf(Props.Create(() => new Stage(Order(1), new NodeId("n"), setup, Rig.Key)));
        var waits = (StageWaits)await _server.FishForMessageAsync(m => m is StageWaits, cancellationToken: Stop);
        Assert.Equal((1, "the server's next word"), (waits.Stage, waits.What));
    }

    /// <summary>Law 2: roll forward. A new server finds it prepared, and tells it the commit that others have stepped by.</summary>
    [Fact]
    public async Task Prepared_gradients_survive_a_state_query_and_step_under_the_new_ballot()
    {
        await PrepareWork();
        _stage.Tell(Roll(3), _server);
        var present = await _server.ExpectMsgAsync<StageState>(cancellationToken: Stop);
        Assert.Equal((Work, Work.Iteration), (present.Prepared, present.Version));
        _stage.Tell(CommitOf(Work) with { Ballot = new Ballot(3, new NodeId("n")) }, _server);
        Assert.Equal(Work, (await _server.ExpectMsgAsync<Committed>(cancellationToken: Stop)).Work);
        _stage.Tell(Roll(4), _server);
        present = await _server.ExpectMsgAsync<StageState>(cancellationToken: Stop);
        Assert.Equal((null, Work.Iteration + 1), (present.Prepared, present.Version));
        Assert.Equal(Work, present.Last?.Work);
    }

    [Fact]
    public async Task A_repeated_commit_is_answered_alike_and_steps_nothing()
    {
        await PrepareWork();
        Commit(Work);
        var first = await _server.ExpectMsgAsync<Committed>(cancellationToken: Stop);
        Commit(Work);
        Assert.Equal(first, await _server.ExpectMsgAsync<Committed>(cancellationToken: Stop));
    }

    /// <summary>So that no stage can send different values to two stages unseen.</summary>
    [Theory]
    [InlineData("skip", false)]
    [InlineData("skip-with-server", true)]
    public async Task A_jump_s_route_follows_the_remedy(string remedy, bool throughServer)
    {
        var rig = _rig with { Layers = 3, Stages = 3, Remedy = remedy };
        var setup = new StageSetup(rig.Spec());
        var (next, beyond) = (CreateTestProbe(), CreateTestProbe());
        var stage = Sys.ActorOf(Props.Create(() => new Stage(Order(0), new NodeId("n"), setup, Rig.Key)));
        stage.Tell(new StageAddresses(Work.Ballot, [stage, next, beyond], [], Nothing), _server);
        stage.Tell(new BeginPass(Work, PassKind.Gated, [], 0, 1, Rulings.None), _server);
        using var sent = await next.ExpectMsgAsync<TensorSent>(cancellationToken: Stop);
        Assert.Equal((Link.Neighbour, 1), (sent.Link, sent.To));
        using var jump = throughServer
            ? (TensorSent)await _server.FishForMessageAsync(m => m is TensorSent, cancellationToken: Stop)
            : await beyond.ExpectMsgAsync<TensorSent>(cancellationToken: Stop);
        Assert.Equal((Link.Jump, 2), (jump.Link, jump.To));
        Assert.True(jump.Value.bytes.SequenceEqual(sent.Value.bytes));
    }

    private PlaceStage Order(int stage) =>
        new(new Ballot(1, new NodeId("a")), new RunKey("rig", 0), stage, BlockOrigin.Initial, Work.Iteration, null, _server, Rulings.None);

    private static string Digest(BlockState state) => Fingerprint.State(state.Parameters, 0);

    private void Begin(StepId work) => _stage.Tell(new BeginPass(work, PassKind.Whole, [], 0, 1, Rulings.None), _server);

    private Tensor Send(StepId work)
    {
        var activation = ones(_rig.MicroBatchSize, 8, 16);
        _stage.Tell(new TensorSent(work, Direction.Forward, Link.Neighbour, 0, 0, 1, activation, false, null));
        return activation;
    }

    private async Task PrepareWork()
    {
        Begin(Work);
        Send(Work);
        await ExpectGradient(Work);
        _stage.Tell(new TensorSent(Work, Direction.Backward, Link.Tied, 0, 0, 1, zeros(29, 16), false, null));
        await _server.FishForMessageAsync(m => m is Prepared, cancellationToken: Stop);
    }

    private StateQuery Roll(long counter) => new(new Ballot(counter, new NodeId("n")), new RunKey("rig", 0), _server);

    private void Commit(StepId work) => _stage.Tell(CommitOf(work), _server);

    private static Commit CommitOf(StepId work)
    {
        var state = new ServerState(
            work.Ballot, work.Iteration + 1, [], 1, [], TimeSpan.Zero, 0, [], Rulings.None);
        var record = new IterationCommitted(work.Iteration, 0, 0.1, 0, 1, 0, 0, 1, [], [], [], [], [], TimeSpan.Zero, [], []);
        return new Commit(work.Ballot, work, 0.1, [1, 1], [], [], state, record);
    }

    private async Task ExpectGradient(StepId work)
    {
        foreach (var link in new[] { Link.Neighbour, Link.Tied })
        {
            using var sent = await _first.ExpectMsgAsync<TensorSent>(cancellationToken: Stop);
            Assert.Equal((work, Direction.Backward, link), (sent.Work, sent.Direction, sent.Link));
        }
    }
}
