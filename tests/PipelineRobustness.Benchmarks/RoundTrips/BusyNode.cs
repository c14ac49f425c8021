using System.Net;
using Akka.Actor;
using Akka.Configuration;
using PipelineRobustness.Pipeline.Cluster;
using PipelineRobustness.Pipeline.Lanes;
using PipelineRobustness.Pipeline.Messages;
using PipelineRobustness.Pipeline.Ports;
using PipelineRobustness.Pipeline.Running;
using PipelineRobustness.Pipeline.Wire;
using TorchSharp;

namespace PipelineRobustness.Benchmarks;

/// <summary>
/// A fully loaded node: one compute thread per core, a lane to the peer that is never empty, and an actor that echoes
/// control messages.
/// </summary>
internal sealed class BusyNode : IAsyncDisposable
{
    private const string Echo = "echo";

    // One activation of 1 x 1024 x 1024 float32 is 4 MiB.
    private static readonly RunPlan Plan =
        new Workload(Layers: 2, Hidden: 1024, Heads: 1, Vocabulary: 2, Time: 1024, MicroBatches: 8, MicroBatchSize: 1).Plan(stages: 2, iterations: 1);

    private static readonly NodeId[] Nodes = [new("first", 1), new("second", 2)];

    private readonly int _stage;
    private readonly ActorSystem _system;
    private readonly TensorLanes _lanes;
    private readonly List<Thread> _threads = [];
    private long _received;
    private volatile bool _stop;

    public BusyNode(int stage)
    {
        _stage = stage;
        var rules = new LaneRules(Nodes[stage], [Plan]);
        rules.Expect(Plan, new Ballot(1, Nodes[0]), [.. Nodes]);
        _lanes = new TensorLanes(new LaneSetup
        {
            Node = Nodes[stage],
            Bind = new IPEndPoint(IPAddress.Loopback, 0),
            Host = "127.0.0.1",
            Token = "round-trip",
            Rules = rules,
            Events = new LaneReceiver(rules, bytes => Interlocked.Add(ref _received, bytes)),
        });
        _system = ActorSystem.Create("benchmark", ConfigurationFactory.ParseString("""
            akka.actor.provider = remote
            akka.remote.dot-netty.tcp { hostname = 127.0.0.1, port = 0 }
            akka { loggers = [], stdout-loglevel = OFF, loglevel = OFF }
            """).WithFallback(WireSerializer.Settings));
        _system.ActorOf(Props.Create(() => new EchoActor()), Echo);
    }

    /// <summary>Bytes received by lane.</summary>
    public long Received => Interlocked.Read(ref _received);

    /// <summary>The port of its lanes.</summary>
    public int LanePort => _lanes.Here.Port;

    /// <summary>The port of its control messages.</summary>
    public int Port => ((ExtendedActorSystem)_system).Provider.DefaultAddress.Port!.Value;

    /// <summary>Starts sending to the peer and computing with a priority.</summary>
    public void Work(int peerLanePort, int niceness)
    {
        var peer = new LaneAddress(Nodes[1 - _stage], "127.0.0.1", peerLanePort);
        Start(() => Send(peer));
        for (var core = 0; core < Environment.ProcessorCount; core++) Start(() => Compute(niceness));
    }

    /// <summary>Measures the round-trip time to the peer.</summary>
    public async Task<TimeSpan> RoundTripAsync(int peerPort, TimeProvider clock)
    {
        var peer = _system.ActorSelection($"akka.tcp://benchmark@127.0.0.1:{peerPort}/user/{Echo}");
        var began = clock.GetTimestamp();
        await peer.Ask<BeginBackward>(new BeginBackward(new StepId(new Ballot(1, Nodes[0]), 1, Purpose.Training, 0, 0, 0))).ConfigureAwait(false);
        return clock.GetElapsedTime(began);
    }

    public async ValueTask DisposeAsync()
    {
        _stop = true;
        await _lanes.DisposeAsync().ConfigureAwait(false);
        foreach (var thread in _threads) thread.Join();
        await _system.Terminate().ConfigureAwait(false);
    }

    private void Start(ThreadStart work)
    {
        var thread = new Thread(work);
        _threads.Add(thread);
        thread.Start();
    }

    private void Send(LaneAddress peer)
    {
        using var value = torch.zeros(Plan.MicroBatchSize, Plan.SequenceLength, Plan.Model.Hidden);
        var direction = _stage == 0 ? Direction.Forward : Direction.Backward;
        for (var iteration = 0L; !_stop; iteration++)
        {
            var work = new StepId(new Ballot(1, Nodes[0]), iteration, Purpose.Training, 0, 0, 0);
            for (var m = 0; m < Plan.MicroBatches && !_stop; m++)
                _lanes.Send(peer, LaneEnd.Stage, new TensorSent(work, direction, Link.Neighbour, m, _stage, 1 - _stage, value.detach(), false, null));
        }
    }

    private void Compute(int niceness)
    {
        ComputeThread.LowerPriority(niceness);
        torch.set_num_threads(1);
        using var left = torch.ones(512, 512);
        while (!_stop) torch.mm(left, left).Dispose();
    }

    private sealed class EchoActor : ReceiveActor
    {
        public EchoActor() => Receive<BeginBackward>(m => Sender.Tell(m));
    }

    private sealed class LaneReceiver(LaneRules rules, Action<long> received) : ILaneEvents
    {
        public void Arrived(NodeId from, LaneEnd receiver, ITensorMessage message)
        {
            var sent = (TensorSent)message;
            rules.Begin(sent.Work);
            received(sent.Value.NumberOfElements * sizeof(float));
            message.Dispose();
        }

        public void Broken(NodeId peer, string reason)
        {
        }

        public void Dead(NodeId peer, string proof)
        {
        }

        public void Violated(string who, string rule) => Console.Error.WriteLine($"{who}: {rule}");
    }
}
