using System.Buffers.Binary;
using PipelineRobustness.Models.Decoder;
using PipelineRobustness.Models.Shape;
using PipelineRobustness.Models.Training;
using PipelineRobustness.Models.Weights;
using PipelineRobustness.Pipeline.Lanes;
using PipelineRobustness.Pipeline.Messages;
using PipelineRobustness.Pipeline.Ports;
using PipelineRobustness.Pipeline.Referee;
using PipelineRobustness.Pipeline.Running;
using PipelineRobustness.Pipeline.Verification;
using TorchSharp;

namespace PipelineRobustness.Benchmarks;

/// <summary>How reading a stream of frames ended.</summary>
public enum FramesEnd
{
    /// <summary>Every frame was accepted, or skipped as stale.</summary>
    Whole,

    /// <summary>The stream ended within a frame.</summary>
    Truncated,

    /// <summary>A frame broke a rule.</summary>
    Refused,
}

/// <summary>Valid frames from a neighbour and corruptions of them, read like a lane of the server's node reads them.</summary>
public sealed class HostileFrames
{
    private const int HeaderBytes = 120, ChangesMax = 3, FramesMax = 3, ManagedMax = 1 << 20;
    private const int Stages = 4, Here = 1, From = 2;

    private static readonly long[] Extremes =
        [0, 1, -1, 2, 3, 8, 255, 256, 32767, 65536, int.MaxValue, int.MinValue, 1L << 32, 1L << 40, long.MaxValue, long.MinValue];

    private readonly LaneRules _rules;
    private readonly NodeId _from;
    private readonly byte[][] _good;

    /// <summary>Creates the valid frames.</summary>
    /// <param name="remedy">The run's remedy: a referee is shown what others are not.</param>
    public HostileFrames(string remedy)
    {
        var plan = new Workload(Layers: Stages, Hidden: 4, Heads: 1, Vocabulary: 5, Time: 3, MicroBatches: 2, MicroBatchSize: 2)
            .Plan(Stages, iterations: 9) with
        { Defence = new DefenceSettings { Remedy = remedy, Copies = CopyPlacement.Ring } };
        NodeId[] nodes = [.. Enumerable.Range(0, Stages).Select(i => new NodeId($"node-{i}", (ulong)i + 1))];
        _from = nodes[From];
        _rules = new LaneRules(nodes[Here], [plan]);
        _rules.Expect(plan, new Ballot(7, nodes[Here]), [.. nodes]);
        _good =
        [
            .. Messages(plan, nodes).Select(message => Bytes(LaneEnd.Stage, message)),
            .. plan.Defence.Rule.IsRefereed ? ToReferee(plan, nodes).Select(message => Bytes(LaneEnd.Server, message)) : [],
        ];
    }

    /// <summary>The remedies whose runs have different frames.</summary>
    public static IReadOnlyList<string> Remedies { get; } = ["substitute", "referee"];

    /// <summary>The number of valid frames.</summary>
    public int Count => _good.Length;

    /// <summary>Creates a stream of frames, most of them corrupted.</summary>
    /// <param name="draw">Draws a number from 0 to below its argument.</param>
    public byte[] Make(Func<int, int> draw)
    {
        if (draw(50) == 0) return [.. Enumerable.Range(0, draw(400)).Select(_ => (byte)draw(256))];
        return [.. Enumerable.Range(0, 1 + draw(FramesMax)).SelectMany(_ => Change(_good[draw(Count)], draw))];
    }

    /// <summary>Reads a stream to its end.</summary>
    /// <exception cref="InvalidDataException">
    /// The outcome is neither a message, an end nor a refusal, or reading took too much memory.
    /// </exception>
    public (FramesEnd End, int Taken) Read(byte[] bytes)
    {
        _rules.Forget(_from);
        using var stream = new MemoryStream(bytes);
        var reader = new FrameReader(stream, _from, _rules);
        var (taken, takenBytes) = (0, 0L);
        var (managed, tensors) = (GC.GetAllocatedBytesForCurrentThread(), torch.Tensor.TotalCount);
        FramesEnd end;
        try
        {
            for (; reader.Next() is { } frame; taken++)
            {
                takenBytes += FrameWriter.Bytes(frame.Message);
                frame.Message.Dispose();
            }

            end = FramesEnd.Whole;
        }
        catch (ProtocolViolationException)
        {
            end = FramesEnd.Refused;
        }
        catch (EndOfStreamException)
        {
            end = FramesEnd.Truncated;
        }
        catch (Exception e)
        {
            throw new InvalidDataException($"{e.GetType().Name}: {e.Message}", e);
        }

        managed = GC.GetAllocatedBytesForCurrentThread() - managed;
        if (managed > ManagedMax) throw new InvalidDataException($"{managed} managed bytes were allocated");
        if (takenBytes > bytes.Length) throw new InvalidDataException($"{takenBytes} bytes of tensors from {bytes.Length}");
        if (torch.Tensor.TotalCount > tensors) throw new InvalidDataException($"{torch.Tensor.TotalCount - tensors} tensors leaked");
        return (end, taken);
    }

    private static byte[] Change(byte[] good, Func<int, int> draw)
    {
        for (var changes = draw(ChangesMax + 1); changes > 0 && good.Length > 0; changes--)
            good = draw(3) == 0 ? PutNumber(good, draw) : Corrupt(good, draw);
        return good;
    }

    private static byte[] Corrupt(byte[] good, Func<int, int> draw)
    {
        CorruptionKind[] kinds =
            [CorruptionKind.FlipBit, CorruptionKind.Truncate, CorruptionKind.Remove, CorruptionKind.InsertGarbage, CorruptionKind.Repeat];
        return new Corruption(kinds[draw(kinds.Length)], draw(draw(4) == 0 ? good.Length : HeaderBytes), draw(1 << 20)).Apply(good);
    }

    // Field positions are not known here; by chance, some writes hit a field of the right length.
    private static byte[] PutNumber(byte[] good, Func<int, int> draw)
    {
        var bytes = good.ToArray();
        var (at, number) = (draw(Math.Min(HeaderBytes, bytes.Length)), Extremes[draw(Extremes.Length)]);
        if (draw(2) == 0 && at + sizeof(long) <= bytes.Length) BinaryPrimitives.WriteInt64LittleEndian(bytes.AsSpan(at), number);
        else if (at + sizeof(int) <= bytes.Length) BinaryPrimitives.WriteInt32LittleEndian(bytes.AsSpan(at), (int)number);
        return bytes;
    }

    private static IEnumerable<ITensorMessage> Messages(RunPlan plan, NodeId[] nodes)
    {
        torch.Tensor Activation(int windows = 2) => torch.ones(windows, plan.SequenceLength, plan.Model.Hidden);
        foreach (var counter in new[] { 6, 7, 8 })
        {
            var work = new StepId(new Ballot(counter, nodes[Here]), 1, Purpose.Training, 0, 0, 0);
            yield return new TensorSent(work, Direction.Backward, Link.Neighbour, 1, From, Here, Activation(), true, null);
            yield return new TensorSent(
                work with { Purpose = Purpose.Evaluation }, Direction.Forward, Link.Neighbour, 3, Here - 1, Here, Activation(1), false, null);
            yield return new TensorSent(work, Direction.Forward, Link.Neighbour, 0, Here - 1, Here, Activation(), true, Activation());
            yield return new BlockTransfer(work, Here, Here, State(plan, Here));
        }
    }

    // Of its own block and of its copy, and over a relayed link.
    private static IEnumerable<ITensorMessage> ToReferee(RunPlan plan, NodeId[] nodes)
    {
        torch.Tensor Activation() => torch.ones(plan.MicroBatchSize, plan.SequenceLength, plan.Model.Hidden);
        var work = new StepId(new Ballot(7, nodes[Here]), 1, Purpose.Training, 0, 0, 0);
        yield return new TensorSent(work, Direction.Forward, Link.Neighbour, 0, From, From + 1, Activation(), false, null);
        yield return new ExhibitShown(work, From, new(From, ExhibitKind.Input, 1), Activation());
        yield return new ExhibitShown(work, From, new(From - 1, ExhibitKind.Gradient, 0), Activation());
        yield return new StateShown(work, From, new(From, ExhibitKind.State), State(plan, From));
        yield return new StateShown(work, From, new(From - 1, ExhibitKind.StateBefore), State(plan, From - 1));
    }

    private static BlockState State(RunPlan plan, int block)
    {
        using var trainer = new BlockTrainer(
            new Block(plan.Model, Cut.Balanced(plan.Model, Stages)[block], new SeededWeights(plan.Model, 1)), plan.Training.Optimizer);
        return trainer.Capture();
    }

    private static byte[] Bytes(LaneEnd receiver, ITensorMessage message)
    {
        using var stream = new MemoryStream();
        using (message) new FrameWriter(stream).Write(receiver, message);
        return stream.ToArray();
    }
}
