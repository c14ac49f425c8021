using PipelineRobustness.Models.Decoder;
using PipelineRobustness.Models.Shape;
using PipelineRobustness.Models.Training;
using PipelineRobustness.Models.Weights;
using PipelineRobustness.Pipeline.Messages;
using PipelineRobustness.Pipeline.Running;
using PipelineRobustness.Pipeline.Server;
using static TorchSharp.torch;

namespace PipelineRobustness.Pipeline.Stages;

/// <summary>What stages compute with: tensors, or only sizes and times.</summary>
internal interface INumerics
{
    /// <summary>Builds a block with the state that it begins with; without state if other holders will send it.</summary>
    IHeldBlock Build(int block, Origin origin);

    /// <summary>A stage's part of a pass over blocks built here.</summary>
    IStagePass Pass(BeginPass begin, int stage, IHeldBlock own, IHeldBlock? copy, IStageOutlet outlet);
}

/// <summary>Real tensors, real gradients.</summary>
internal sealed class TensorNumerics(StageSetup setup) : INumerics
{
    private RunPlan Plan => setup.Plan;

    public IHeldBlock Build(int block, Origin origin)
    {
        var weights = origin.Kind == BlockOrigin.Initial ? setup.Weights : ZeroWeights.Instance;
        return setup.Begun(Runner(Plan, setup.Ports.Device, block, weights, Plan.Training.Recompute), block, origin);
    }

    /// <summary>A fresh block with a state, which the caller still owns; it keeps its graphs.</summary>
    /// <exception cref="ArgumentException">The state belongs to another block.</exception>
    public static BlockRunner Restored(RunPlan plan, Device device, int block, BlockState state)
    {
        var runner = Runner(plan, device, block, ZeroWeights.Instance, recompute: false);
        try
        {
            runner.Restore(state);
            return runner;
        }
        catch
        {
            runner.Dispose();
            throw;
        }
    }

    public IStagePass Pass(BeginPass begin, int stage, IHeldBlock own, IHeldBlock? copy, IStageOutlet outlet) =>
        begin.Kind == PassKind.Evaluation
            ? new EvaluationPass(begin, stage, setup, (BlockRunner)own, outlet)
            : new TrainingPass(begin, stage, setup, (BlockRunner)own, (BlockRunner?)copy, outlet);

    private static BlockRunner Runner(RunPlan plan, Device device, int block, IWeightSource weights, bool recompute)
    {
        var model = new Block(plan.Model, Cut.Balanced(plan.Model, plan.Stages)[block], weights, device);
        return new(new BlockTrainer(model, plan.Training.Optimizer, plan.Defence.StateHash), plan.MicroBatches, recompute);
    }
}
