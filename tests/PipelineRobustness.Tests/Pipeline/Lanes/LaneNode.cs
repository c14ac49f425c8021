using System.Collections.Concurrent;
using System.Collections.Immutable;
using System.Net;
using System.Threading.Channels;
using PipelineRobustness.Models.Shape;
using PipelineRobustness.Models.Training;
using PipelineRobustness.Pipeline.Lanes;
using PipelineRobustness.Pipeline.Messages;
using PipelineRobustness.Pipeline.Ports;
using PipelineRobustness.Pipeline.Running;
using PipelineRobustness.Pipeline.Verification;
using TorchSharp;
using static TorchSharp.torch;

namespace PipelineRobustness.Tests.Pipeline.Lanes;

/// <summary>The events of lanes, in order, to be awaited.</summary>
internal sealed class LaneLog : ILaneEvents, IDisposable
{
    private readonly Channel<Frame> _arrived = Channel.CreateUnbounded<Frame>();
    private readonly Channel<(NodeId, string)> _broken = Channel.CreateUnbounded<(NodeId, string)>();
    private readonly Channel<(NodeId, string)> _dead = Channel.CreateUnbounded<(NodeId, string)>();
    private readonly Channel<(string, string)> _offended = Channel.CreateUnbounded<(string, string)>();

    /// <summary>All peers that were named, with the rule that they broke.</summary>
    public ConcurrentQueue<(string Who, string Rule)> Offences { get; } = [];

    public bool AnyDead => _dead.Reader.Count > 0;

    public void Arrived(NodeId from, LaneEnd receiver, ITensorMessage message) => _arrived.Writer.TryWrite(new Frame(receiver, message));

    public void Broken(NodeId peer, string reason) => _broken.Writer.TryWrite((peer, reason));

    public void Dead(NodeId peer, string proof) => _dead.Writer.TryWrite((peer, proof));

    public void Violated(string who, string rule)
    {
        Offences.Enqueue((who, rule));
        _offended.Writer.TryWrite((who, rule));
    }

    public Task<Frame> NextFrame() => Next(_arrived);

    public Task<(NodeId Peer, string Reason)> NextBreak() => Next(_broken);

    public Task<(NodeId Peer, string Proof)> NextDeath() => Next(_dead);

    public Task<(string Who, string Rule)> NextOffence() => Next(_offended);

    public void Dispose()
    {
        while (_arrived.Reader.TryRead(out var frame)) frame.Message.Dispose();
    }

    // The time-out only ends a test that hangs.
    private static Task<T> Next<T>(Channel<T> channel) =>
        channel.Reader.ReadAsync(TestContext.Current.CancellationToken).AsTask().WaitAsync(TimeSpan.FromMinutes(2));
}

/// <summary>A node with its lanes and nothing else.</summary>
internal sealed class LaneNode : IAsyncDisposable
{
    public const string Token = "the run's digest";

    public LaneNode(
        NodeId node, RunPlan? plan = null, LaneSettings? settings = null, LaneSecurity? security = null, TimeProvider? time = null, int port = 0)
    {
        Rules = new LaneRules(node, [plan ?? LaneFrames.Plan]);
        Lanes = new TensorLanes(new LaneSetup
        {
            Node = node,
            Bind = new IPEndPoint(IPAddress.Loopback, port),
            Host = "127.0.0.1",
            Token = Token,
            Rules = Rules,
            Events = Log,
            Security = security,
            Settings = settings ?? new LaneSettings(),
            Time = time ?? TimeProvider.System,
        });
    }

    public LaneLog Log { get; } = new();

    public LaneRules Rules { get; }

    public TensorLanes Lanes { get; }

    public LaneAddress Address => Lanes.Here;

    public async ValueTask DisposeAsync()
    {
        await Lanes.DisposeAsync();
        Log.Dispose();
    }
}

/// <summary>Messages as a run of four stages on nodes a, b, c, d has them.</summary>
internal static class LaneFrames
{
    public static readonly NodeId A = new("a", 1), B = new("b", 2), C = new("c", 3), D = new("d", 4);

    public static readonly ImmutableArray<NodeId> Places = [A, B, C, D];

    public static readonly Ballot Term = new(5, A);

    public static RunPlan Plan { get; } = new Rig { Stages = 4, Remedy = "substitute", Copies = CopyPlacement.Ring }.Plan;

    public static StepId Work(int pass = 0, long iteration = 0) => new(Term, iteration, Purpose.Training, 0, 0, pass);

    public static long[] ActivationShape => [Plan.MicroBatchSize, Plan.SequenceLength, Plan.Model.Hidden];

    /// <summary>Numbers that tell one tensor from another.</summary>
    public static Tensor Numbers(long[] shape, int first = 0)
    {
        var count = shape.Aggregate(1L, (product, size) => product * size);
        return torch.arange(first, first + count, ScalarType.Float32).reshape(shape);
    }

    /// <summary>From stage 0 to stage 1.</summary>
    public static TensorSent Activation(int microBatch = 0, StepId? work = null) => new(
        work ?? Work(), Direction.Forward, Link.Neighbour, microBatch, 0, 1, Numbers(ActivationShape, 1000 * microBatch), false, null);

    public static BlockState State(int block)
    {
        var range = Cut.Balanced(Plan.Model, Plan.Stages)[block];
        return new BlockState(range, [.. ParameterShape.Of(Plan.Model, range).Select((parameter, i) =>
        {
            long[] shape = [.. parameter.Dimensions];
            return new ParameterState(parameter.Name, parameter.Tied, Numbers(shape, i), Numbers(shape, 2 * i), Numbers(shape, 3 * i), i);
        })]);
    }

    public static bool HasBytesOf(this Tensor tensor, Tensor other) =>
        tensor.shape.SequenceEqual(other.shape) && tensor.contiguous().bytes.SequenceEqual(other.contiguous().bytes);
}
