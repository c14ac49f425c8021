using System.Collections.Immutable;
using Akka.Actor;
using Akka.TestKit;
using PipelineRobustness.Pipeline.Messages;
using PipelineRobustness.Pipeline.Ports;
using PipelineRobustness.Pipeline.Referee;
using PipelineRobustness.Pipeline.Running;
using static TorchSharp.torch;

namespace PipelineRobustness.Tests.Pipeline;

/// <summary>The central server with stages simulated by the test.</summary>
public sealed class CentralServerSpecs(ITestOutputHelper output) : PlayedStages(output)
{

    private Rig _rig = new() { Stages = Stages, Iterations = 1, MicroBatches = 2, Remedy = "substitute" };
    private Func<RunPlan, RunPlan> _plan = plan => plan;

    [Fact]
    public async Task The_server_commits_when_all_holders_are_prepared_and_all_verdicts_are_in()
    {
        var server = await Begin();
        var work = (await Played[0].ExpectMsgAsync<BeginPass>(cancellationToken: Stop)).Work;
        foreach (var stage in Enumerable.Range(0, Stages)) Prepare(server, work, stage);
        server.Tell(new PassChecked(work, Direction.Forward, 2, [], []), Detectors[2]);
        await ExpectNoCommitYet(server);
        server.Tell(new PassChecked(work, Direction.Backward, 0, [], []), Detectors[0]);
        var commit = await Played[0].ExpectMsgAsync<Commit>(cancellationToken: Stop);
        Assert.Equal(work, commit.Work);
        Assert.Equal(1, commit.State.Version);
    }

    [Fact]
    public async Task A_verdict_counts_only_from_the_detector_of_its_stage()
    {
        var server = await Begin();
        var work = (await Played[0].ExpectMsgAsync<BeginPass>(cancellationToken: Stop)).Work;
        foreach (var stage in Enumerable.Range(0, Stages)) Prepare(server, work, stage);
        server.Tell(new PassChecked(work, Direction.Backward, 0, [], []), Detectors[0]);
        server.Tell(new PassChecked(work, Direction.Forward, 2, [new Verdict(0, 0, 0, 0, Direction.Forward, 1, 2, 1)], []), Detectors[1]);
        await ExpectNoCommitYet(server);
        server.Tell(new PassChecked(work, Direction.Forward, 2, [], []), Detectors[2]);
        Assert.Empty((await Played[0].ExpectMsgAsync<Commit>(cancellationToken: Stop)).Record.Verdicts);
    }

    [Fact]
    public async Task A_stage_s_report_counts_only_from_that_stage()
    {
        var server = await Begin();
        var work = (await Played[0].ExpectMsgAsync<BeginPass>(cancellationToken: Stop)).Work;
        server.Tell(new PassChecked(work, Direction.Forward, 2, [], []), Detectors[2]);
        server.Tell(new PassChecked(work, Direction.Backward, 0, [], []), Detectors[0]);
        foreach (var stage in Enumerable.Range(0, Stages)) Prepare(server, work, stage, by: 0, loss: 9);
        await ExpectNoCommitYet(server);
        foreach (var stage in Enumerable.Range(0, Stages)) Prepare(server, work, stage);
        Assert.Equal(1.5, (await Played[0].ExpectMsgAsync<Commit>(cancellationToken: Stop)).Record.Loss);
    }

    [Fact]
    public async Task A_report_of_another_step_is_ignored()
    {
        var server = await Begin();
        var work = (await Played[0].ExpectMsgAsync<BeginPass>(cancellationToken: Stop)).Work;
        server.Tell(new PassChecked(work, Direction.Forward, 2, [], []), Detectors[2]);
        server.Tell(new PassChecked(work, Direction.Backward, 0, [], []), Detectors[0]);
        foreach (var stage in Enumerable.Range(0, Stages)) Prepare(server, work with { Attempt = 1 }, stage, loss: 9);
        await ExpectNoCommitYet(server);
        foreach (var stage in Enumerable.Range(0, Stages)) Prepare(server, work, stage);
        Assert.Equal(1.5, (await Played[0].ExpectMsgAsync<Commit>(cancellationToken: Stop)).Record.Loss);
    }

    [Fact]
    public async Task A_stray_tensor_at_the_server_is_disposed_of()
    {
        var server = await Begin();
        await Played[0].ExpectMsgAsync<BeginPass>(cancellationToken: Stop);
        var stray = zeros(2);
        server.Tell(new TensorSent(default, Direction.Forward, Link.Jump, 0, 0, 2, stray, false, null));
        await AwaitConditionAsync(() => Task.FromResult(stray.IsInvalid), cancellationToken: Stop);
    }

    [Fact]
    public async Task A_jump_through_the_server_is_forwarded_and_kept_until_the_commit()
    {
        _rig = _rig with { Remedy = "skip-with-server" };
        var server = await Begin();
        var work = (await Played[0].ExpectMsgAsync<BeginPass>(cancellationToken: Stop)).Work;
        var jump = ones(2);
        server.Tell(new TensorSent(work, Direction.Forward, Link.Jump, 0, 0, 2, jump, false, null), Played[0]);
        using var passed = (TensorSent)await Played[2].FishForMessageAsync(m => m is TensorSent, cancellationToken: Stop);
        Assert.NotSame(jump, passed.Value);
        foreach (var stage in Enumerable.Range(0, Stages)) server.Tell(new ForwardDone(work, stage, ""), Played[stage]);
        server.Tell(new PassChecked(work, Direction.Forward, 2, [], []), Detectors[2]);
        await Played[0].ExpectMsgAsync<BeginBackward>(cancellationToken: Stop);
        foreach (var stage in Enumerable.Range(0, Stages)) Prepare(server, work, stage);
        server.Tell(new PassChecked(work, Direction.Backward, 0, [], []), Detectors[0]);
        await Played[0].ExpectMsgAsync<Commit>(cancellationToken: Stop);
        Assert.False(jump.IsInvalid);
        foreach (var stage in Enumerable.Range(0, Stages))
            server.Tell(new Committed(work, stage, (UInt128)stage, stage == 2 ? (UInt128)1 : null, null, null), Played[stage]);
        await AwaitConditionAsync(() => Task.FromResult(jump.IsInvalid), cancellationToken: Stop);
        Assert.Equal([1, 1], passed.Value.data<float>().ToArray());
    }

    [Fact]
    public async Task A_start_order_is_repeated_until_the_stage_answers()
    {
        _plan = plan => plan with { Pipeline = plan.Pipeline with { WaitReport = TimeSpan.FromMilliseconds(50) } };
        var (_, ballot) = await BeginQuery();
        var orders = new List<PlaceStage>();
        for (var order = 0; order < 2 * Stages; order++) orders.Add(await Host.ExpectMsgAsync<PlaceStage>(cancellationToken: Stop));
        Assert.Equal([0, 1, 2, 0, 1, 2], orders.Select(o => o.Stage));
        Assert.All(orders, o => Assert.Equal(ballot, o.Ballot));
    }

    /// <summary>Most of ten thousand nodes have nothing, which only changes if this server gives them something.</summary>
    [Fact]
    public async Task A_spare_reports_once_that_it_has_no_stage()
    {
        _plan = plan => plan with { Recovery = new RecoverySettings { Retries = 5 } };
        var server = await Begin();
        var (spare, silent) = (CreateTestProbe(), CreateTestProbe());
        server.Tell(new NodeUp(new NodeId("node-2"), new NodeCapacity(0), spare));
        server.Tell(new NodeUp(new NodeId("node-3"), new NodeCapacity(0), silent));
        foreach (var joined in (TestProbe[])[spare, silent]) await joined.ExpectMsgAsync<StateQuery>(cancellationToken: Stop);
        server.Tell(new StageFailed(1, Node, "out of luck", WhileBuilding: false), Host);
        var query = await spare.ExpectMsgAsync<StateQuery>(cancellationToken: Stop);
        server.Tell(new NodeState(query.Ballot, new NodeId("node-2"), [], null), spare);
        server.Tell(new StageFailed(1, Node, "out of luck", WhileBuilding: false), Host);
        // Nodes are queried in order: those after it have been.
        foreach (var asked in (TestProbe[])[Host, silent])
        {
            Assert.Equal(query.Ballot, (await asked.ExpectMsgAsync<StateQuery>(cancellationToken: Stop)).Ballot);
            Assert.True((await asked.ExpectMsgAsync<StateQuery>(cancellationToken: Stop)).Ballot > query.Ballot);
        }

        await spare.ExpectNoMsgAsync(TimeSpan.Zero, Stop);
    }

    [Fact]
    public async Task A_report_from_a_stage_on_an_absent_node_is_ignored()
    {
        var (server, ballot) = await BeginQuery();
        for (var stage = 0; stage < Stages; stage++) await Host.ExpectMsgAsync<PlaceStage>(cancellationToken: Stop);
        var stranger = CreateTestProbe();
        server.Tell(Present(ballot, 0, stranger) with { Node = new NodeId("node-9") }, stranger);
        for (var stage = 0; stage < Stages; stage++) server.Tell(Present(ballot, stage, Played[stage]), Played[stage]);
        Assert.Equal(Played.Select(s => s.Ref), (await Played[0].ExpectMsgAsync<StageAddresses>(cancellationToken: Stop)).Stages);
    }

    /// <summary>As one whose order to stop was lost: it must not be taken for the one that goes by its number.</summary>
    [Fact]
    public async Task A_stage_of_an_earlier_version_is_dropped_even_if_replaced()
    {
        var old = CreateTestProbe();
        var (server, ballot) = await BeginQuery(new[] { old }.Concat(Played).Select(s => s.Ref).ToArray());
        server.Tell(Present(ballot, 0, old), old);
        for (var stage = 0; stage < Stages; stage++) server.Tell(Present(ballot, stage, Played[stage]) with { Version = 1 }, Played[stage]);
        Assert.Equal(old.Ref, (await Host.ExpectMsgAsync<DropStage>(cancellationToken: Stop)).Actor);
        Assert.Equal(Played.Select(s => s.Ref), (await Played[0].ExpectMsgAsync<StageAddresses>(cancellationToken: Stop)).Stages);
    }

    [Fact]
    public async Task A_lost_stage_ends_the_run_with_its_reason()
    {
        var server = await Begin();
        server.Tell(new StageFailed(1, Node, "out of luck", WhileBuilding: false), Host);
        using var outcome = await Ended.Task.WaitAsync(Stop);
        Assert.Equal((RunStatus.Failed, "stage 1 on node-1: out of luck"), (outcome.Status, outcome.Reason));
    }

    [Fact]
    public async Task A_run_without_nodes_waits_for_one_and_ends_with_its_losses()
    {
        await Begin();
        Sys.Stop(Host);
        using var outcome = await Ended.Task.WaitAsync(Stop);
        Assert.Equal(
            "no room: 3 stages, and the 0 nodes that are left have room for 0; waited 0 s (recovery.room-timeout) for another "
            + "(node-1 was lost with stages 0, 1, 2: its actor has stopped)",
            outcome.Reason);
    }

    private Task<(IActorRef Server, Ballot Ballot)> BeginQuery(params IActorRef[] stages)
    {
        var plan = _plan(_rig.Plan);
        plan = plan with { Recovery = plan.Recovery with { RoomTimeout = TimeSpan.FromMilliseconds(1) } };
        return BeginQuery(_rig.Spec() with { Plan = plan }, stages);
    }

    private async Task<IActorRef> Begin()
    {
        var (server, _) = await BeginQuery();
        for (var stage = 0; stage < Stages; stage++)
        {
            var order = await Host.ExpectMsgAsync<PlaceStage>(cancellationToken: Stop);
            Assert.Equal((stage, BlockOrigin.Initial, 0), (order.Stage, order.Origin, order.Version));
            server.Tell(Present(order.Ballot, stage, Played[stage]), Played[stage]);
        }

        await ExpectAddresses();
        return server;
    }

    private StageState Present(Ballot ballot, int stage, IActorRef actor) => new(
        ballot, Node, stage, actor, Detectors[stage], 0, (UInt128)stage, stage == 2 ? (UInt128)1 : null, null, null, null, Rulings.None, 0);

    // It has processed all messages so far: a node that joins now is informed.
    private async Task ExpectNoCommitYet(IActorRef server)
    {
        var joining = CreateTestProbe();
        server.Tell(new NodeUp(new NodeId("node-2"), new NodeCapacity(0), joining));
        await joining.ExpectMsgAsync<StateQuery>(cancellationToken: Stop);
        await Played[0].ExpectNoMsgAsync(TimeSpan.Zero, Stop);
    }

    private void Prepare(IActorRef server, StepId work, int stage, int? by = null, double loss = 1.5)
    {
        var copy = stage == 2 ? Report(1) : null;
        server.Tell(new Prepared(work, stage, Report(stage), copy, stage == 2 ? loss : null, ""), Played[by ?? stage]);
    }

    private static HolderReport Report(int block) => new(block, ImmutableArray.Create(4.0), (UInt128)block);
}
