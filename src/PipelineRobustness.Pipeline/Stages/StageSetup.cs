using PipelineRobustness.Models;
using static TorchSharp.torch;

namespace PipelineRobustness.Pipeline;

/// <summary>What every stage of a run is built from; the same on every node.</summary>
internal sealed record StageSetup(RunPlan Plan, IWeightSource Weights, RunData Data, Ports Ports)
{
    public IRemedy Remedy { get; } = Remedies.TryGet(Plan.Remedy, out var remedy)
        ? remedy
        : throw new BadInputException($"defence.remedy: expected one of {string.Join(", ", Remedies.Names)}, found {Plan.Remedy}");

    public IReadOnlyList<BlockRange> Cut { get; } = Models.Cut.Balanced(Plan.Model, Plan.Stages);

    /// <summary>Called once on every thread that computes for a stage.</summary>
    public void BeginComputing()
    {
        set_num_threads(Plan.IntraOpThreads);
        Ports.OnComputeThread();
    }

    /// <summary>Builds a block with what an order says that it begins with; where others will send its state, with zeros.</summary>
    public BlockWork Build(int block, PlaceStage order)
    {
        var weights = order.Origin == BlockOrigin.Initial ? Weights : NoWeights.Instance;
        var work = new BlockWork(
            new BlockTrainer(new Block(Plan.Model, Cut[block], weights, Ports.Device), Plan.Optimizer), Plan.MicroBatches, Plan.Recompute);
        if (order.Checkpoint is null) return work;
        try
        {
            using var state = Ports.Store!.Read(order.Checkpoint, Cut[block], Plan.Model);
            work.Trainer.Restore(state);
            return work;
        }
        catch
        {
            work.Dispose();
            throw;
        }
    }

    /// <summary>Whether a stage compares anything in either direction.</summary>
    public bool Checks(int stage)
    {
        var plan = new PassPlan(Plan.Stages, Plan.Copies, []);
        return Remedy.Compares && Enum.GetValues<Direction>().Any(d => plan.Checkers(d).Contains(stage));
    }

    /// <summary>A tensor, of which the caller lets go, on the device that stages compute on.</summary>
    public Tensor Here(Tensor tensor)
    {
        // A device of which no index was asked for is told with one or without.
        var (its, asked) = (tensor.device, Ports.Device);
        if (its.type == asked.type && (asked.index < 0 || its.index == asked.index)) return tensor;
        using (tensor) return tensor.to(Ports.Device).DetachFromDisposeScope();
    }

    public int? CopyHeldBy(int stage) => PassPlan.CopyHeldBy(stage, Plan.Stages, Plan.Copies);
}
