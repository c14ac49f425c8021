using System.Diagnostics;
using System.Net;
using PipelineRobustness.Pipeline.Lanes;
using PipelineRobustness.Pipeline.Messages;
using PipelineRobustness.Pipeline.Ports;
using PipelineRobustness.Pipeline.Running;
using TorchSharp;

namespace PipelineRobustness.Benchmarks;

/// <summary>Activations of 4 MiB by lane, between two nodes in this process, released on receipt.</summary>
internal sealed class LaneTraffic : ILaneEvents, IDisposable
{
    private static readonly NodeId A = new("a", 1), B = new("b", 2);

    private static readonly RunPlan Plan = new Workload(
        Layers: 2, Hidden: 1024, Heads: 1, Vocabulary: 2, Time: 1024, MicroBatches: 64, MicroBatchSize: 1).Plan(stages: 2, iterations: 1);

    private readonly TensorLanes _from;
    private readonly TensorLanes _to;
    private readonly LaneRules _rules = new(B, [Plan]);
    private readonly SemaphoreSlim _arrived = new(0);
    private readonly torch.Tensor _value = torch.zeros(1, Plan.SequenceLength, Plan.Model.Hidden);
    private int _next;
    private string? _error;

    public LaneTraffic(TestCertificates? certificates)
    {
        _from = Open(A, new LaneRules(A, [Plan]), certificates?.Of(A.Name));
        _to = Open(B, _rules, certificates?.Of(B.Name));
        _rules.Expect(Plan, new Ballot(1, A), [A, B]);
    }

    /// <summary>The size of a message in bytes.</summary>
    public static long MessageBytes => (long)Plan.SequenceLength * Plan.Model.Hidden * sizeof(float);

    /// <summary>Sends messages; returns the seconds until the last was received.</summary>
    public double Send(int messages)
    {
        var began = Stopwatch.GetTimestamp();
        for (var i = 0; i < messages; i++)
        {
            var work = new StepId(new Ballot(1, A), 0, Purpose.Training, 0, 0, _next / Plan.MicroBatches);
            var alias = _value.alias();
            _from.Send(_to.Here, LaneEnd.Stage, new TensorSent(
                work, Direction.Forward, Link.Neighbour, _next++ % Plan.MicroBatches, 0, 1, alias, false, null));
        }

        for (var i = 0; i < messages; i++) _arrived.Wait();
        return _error is null ? Stopwatch.GetElapsedTime(began).TotalSeconds : throw new InvalidOperationException(_error);
    }

    public void Arrived(NodeId from, LaneEnd receiver, ITensorMessage message)
    {
        _rules.Begin(((TensorSent)message).Work);
        message.Dispose();
        _arrived.Release();
    }

    public void Broken(NodeId peer, string reason) => Fail(reason);

    public void Dead(NodeId peer, string proof) => Fail(proof);

    public void Violated(string who, string rule) => Fail(rule);

    public void Dispose()
    {
        _from.DisposeAsync().AsTask().GetAwaiter().GetResult();
        _to.DisposeAsync().AsTask().GetAwaiter().GetResult();
        _value.Dispose();
    }

    private void Fail(string error)
    {
        _error ??= error;
        _arrived.Release(1 << 20);
    }

    private TensorLanes Open(NodeId node, LaneRules rules, LaneSecurity? security) => new(new LaneSetup
    {
        Node = node,
        Bind = new IPEndPoint(IPAddress.Loopback, 0),
        Host = "127.0.0.1",
        Token = "benchmark",
        Rules = rules,
        Events = this,
        Security = security,
    });
}
