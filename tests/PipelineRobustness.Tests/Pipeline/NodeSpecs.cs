using Akka.Actor;
using Akka.TestKit;
using Akka.TestKit.Xunit;
using PipelineRobustness.Pipeline.Messages;
using PipelineRobustness.Pipeline.Nodes;
using PipelineRobustness.Pipeline.Ports;
using PipelineRobustness.Pipeline.Referee;
using PipelineRobustness.Pipeline.Server;

namespace PipelineRobustness.Tests.Pipeline;

/// <summary>A node alone: what it starts, and what it keeps open.</summary>
public sealed class NodeSpecs : TestKit
{
    private static readonly Ballot Term = new(1, new NodeId("a"));
    private static readonly RunKey Run = new("rig", 0);

    private readonly Rig _rig = new() { Layers = 2, Stages = 2, MicroBatches = 1 };
    private readonly Closing _closing = new();
    private readonly List<string> _quarantined = [];
    private readonly TestProbe _server;

    public NodeSpecs(ITestOutputHelper output)
        : base(RunConfiguration.Quiet, output: output) => _server = CreateTestProbe();

    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_repeated_order_is_answered_by_the_first_stage()
    {
        var node = Start(new RunPorts());
        node.Tell(Order(0), _server);
        var present = await _server.ExpectMsgAsync<StageState>(cancellationToken: Stop);
        node.Tell(Order(0), _server);
        Assert.Equal(present.Actor, (await _server.ExpectMsgAsync<StageState>(cancellationToken: Stop)).Actor);
        node.Tell(new StateQuery(Term, Run, _server), _server);
        Assert.Single((await _server.ExpectMsgAsync<NodeState>(cancellationToken: Stop)).Stages);
    }

    [Fact]
    public async Task A_node_lists_its_live_stages_and_rejects_a_lower_ballot()
    {
        var node = Start(new RunPorts());
        node.Tell(Order(0), _server);
        var first = (await _server.ExpectMsgAsync<StageState>(cancellationToken: Stop)).Actor;
        node.Tell(Order(1), _server);
        var second = (await _server.ExpectMsgAsync<StageState>(cancellationToken: Stop)).Actor;
        node.Tell(new StagesQuery(Term), _server);
        Assert.Equal([first, second], (await _server.ExpectMsgAsync<StagesAlive>(cancellationToken: Stop)).Stages);
        node.Tell(new DropStage(Term, first), _server);
        node.Tell(new StagesQuery(Term), _server);
        Assert.Equal([second], (await _server.ExpectMsgAsync<StagesAlive>(cancellationToken: Stop)).Stages);
        node.Tell(new StagesQuery(new Ballot(0, new NodeId("z"))), _server);
        Assert.Equal(Term, (await _server.ExpectMsgAsync<Superseded>(cancellationToken: Stop)).Promised);
    }

    [Fact]
    public async Task A_quarantined_node_stops_its_stages_unless_the_order_is_of_a_lower_ballot()
    {
        var node = Start(new RunPorts());
        node.Tell(Order(0), _server);
        await _server.ExpectMsgAsync<StageState>(cancellationToken: Stop);
        node.Tell(new Quarantined(new Ballot(0, new NodeId("z")), "too late"), _server);
        await _server.ExpectMsgAsync<Superseded>(cancellationToken: Stop);
        node.Tell(new Quarantined(Term, "it was convicted"), _server);
        node.Tell(new StateQuery(Term, Run, _server), _server);
        Assert.Empty((await _server.ExpectMsgAsync<NodeState>(cancellationToken: Stop)).Stages);
        Assert.Equal(["it was convicted"], _quarantined);
    }

    [Fact]
    public async Task An_order_of_another_than_the_server_under_its_ballot_is_not_obeyed()
    {
        var node = Start(new RunPorts());
        node.Tell(Order(0), _server);
        var stage = (await _server.ExpectMsgAsync<StageState>(cancellationToken: Stop)).Actor;
        var other = CreateTestProbe();
        node.Tell(new DropStage(Term, stage), other);
        node.Tell(new EndRun(Term), other);
        node.Tell(new Quarantined(Term, "it was convicted"), other);
        stage.Tell(new ConfirmState(new StepId(Term, 0, Purpose.Training, 0, 0, 0)), other);
        node.Tell(new StateQuery(Term, Run, _server), _server);
        Assert.Equal([stage], (await _server.ExpectMsgAsync<NodeState>(cancellationToken: Stop)).Stages);
        await _server.ExpectMsgAsync<StageState>(cancellationToken: Stop);
        Assert.Empty(_quarantined);
    }

    [Fact]
    public async Task A_run_s_resources_stay_open_until_its_last_stage_has_stopped()
    {
        using var gate = new ManualResetEventSlim();
        using var inside = new ManualResetEventSlim();
        var node = Start(new RunPorts
        {
            Behaviour = Faults.At().Do(() =>
        {
            inside.Set();
            gate.Wait(TimeSpan.FromMinutes(1));
        })
        });
        node.Tell(Order(0), _server);
        var stage = (await _server.ExpectMsgAsync<StageState>(cancellationToken: Stop)).Actor;
        stage.Tell(new StageAddresses(Term, [stage, CreateTestProbe()], [], new ServerState(Term, 0, [], 0, [], TimeSpan.Zero, 0, [], Rulings.None)), _server);
        stage.Tell(new BeginPass(new StepId(Term, 0, Purpose.Training, 0, 0, 0), PassKind.Whole, [], 0, 1, Rulings.None), _server);
        inside.Wait(Stop);
        node.Tell(new DropStage(Term, stage), _server);
        node.Tell(new EndRun(Term), _server);
        node.Tell(new StateQuery(Term, Run, _server), _server);
        Assert.Empty((await _server.ExpectMsgAsync<NodeState>(cancellationToken: Stop)).Stages);
        Assert.False(_closing.IsClosed);
        gate.Set();
        await AwaitConditionAsync(() => Task.FromResult(_closing.IsClosed), cancellationToken: Stop);
    }

    private IActorRef Start(RunPorts ports)
    {
        var run = _rig.Spec(ports) with { Owned = [_closing] };
        return Sys.ActorOf(Props.Create(() => new Node(new NodeId("n"), new SingleRun(run), Rig.Key, Fingerprints.None, _quarantined.Add)));
    }

    private PlaceStage Order(int stage) => new(Term, Run, stage, BlockOrigin.Initial, 0, null, _server, Rulings.None);

    private sealed class Closing : IDisposable
    {
        private volatile bool _closed;

        public bool IsClosed => _closed;

        public void Dispose() => _closed = true;
    }
}
