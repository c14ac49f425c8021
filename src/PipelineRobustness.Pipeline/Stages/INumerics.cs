using PipelineRobustness.Models.Decoder;
using PipelineRobustness.Models.Training;
using PipelineRobustness.Models.Weights;
using PipelineRobustness.Pipeline.Messages;
using PipelineRobustness.Pipeline.Running;

namespace PipelineRobustness.Pipeline.Stages;

/// <summary>What stages compute with: tensors, or only sizes and times.</summary>
internal interface INumerics
{
    /// <summary>Builds a block with the initial state that the order names; without state if other holders will send it.</summary>
    IHeldBlock Build(int block, PlaceStage order);

    /// <summary>A stage's part of a pass over blocks built here.</summary>
    IStagePass Pass(BeginPass begin, int stage, IHeldBlock own, IHeldBlock? copy, IStageOutlet outlet);
}

/// <summary>Real tensors, real gradients.</summary>
internal sealed class TensorNumerics(StageSetup setup) : INumerics
{
    private RunPlan Plan => setup.Plan;

    public IHeldBlock Build(int block, PlaceStage order)
    {
        var weights = order.Origin == BlockOrigin.Initial ? setup.Weights : ZeroWeights.Instance;
        var model = new Block(Plan.Model, setup.Cut[block], weights, setup.Ports.Device);
        var work = new BlockRunner(new BlockTrainer(model, Plan.Training.Optimizer, Plan.Defence.StateHash), Plan.MicroBatches, Plan.Training.Recompute);
        return setup.Begun(work, block, order);
    }

    public IStagePass Pass(BeginPass begin, int stage, IHeldBlock own, IHeldBlock? copy, IStageOutlet outlet) =>
        begin.Kind == PassKind.Evaluation
            ? new EvaluationPass(begin, stage, setup, (BlockRunner)own, outlet)
            : new TrainingPass(begin, stage, setup, (BlockRunner)own, (BlockRunner?)copy, outlet);
}
