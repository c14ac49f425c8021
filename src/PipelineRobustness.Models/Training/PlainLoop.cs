using PipelineRobustness.Models.Decoder;
using PipelineRobustness.Models.Shape;
using PipelineRobustness.Models.Text;
using PipelineRobustness.Models.Weights;
using static TorchSharp.torch;

namespace PipelineRobustness.Models.Training;

/// <summary>
/// The oracle: a plain training loop over the whole model, without actors, on the same micro-batches. A pipeline of any
/// number of stages must end with its bits.
/// </summary>
public sealed class PlainLoop : IDisposable
{
    private readonly BlockTrainer _trainer;
    private readonly LinearSchedule _schedule;
    private readonly TrainingWindows _windows;
    private readonly int _microBatches;
    private readonly ClippingScope _clipping;

    /// <summary>Makes the model.</summary>
    /// <param name="config">Its shape.</param>
    /// <param name="weights">Its first weights.</param>
    /// <param name="settings">The optimizer's numbers.</param>
    /// <param name="schedule">The learning rate.</param>
    /// <param name="clip">Largest norm of the gradient; 0 or infinite for no clipping.</param>
    /// <param name="windows">What it is trained on.</param>
    /// <param name="microBatches">How many make an iteration.</param>
    /// <param name="clipPerBlock">Where given, each of these blocks is clipped by its own norm; else the whole by one.</param>
    /// <exception cref="BadInputException">The weights do not fit.</exception>
    public PlainLoop(
        ModelConfig config, IWeightSource weights, AdamWSettings settings, LinearSchedule schedule, double clip,
        TrainingWindows windows, int microBatches, IReadOnlyList<BlockRange>? clipPerBlock = null)
    {
        var whole = BlockRange.Whole(config);
        _trainer = new BlockTrainer(new Block(config, whole, weights), settings);
        _clipping = new ClippingScope(config, clipPerBlock ?? [whole], clip);
        _schedule = schedule;
        _windows = windows;
        _microBatches = microBatches;
    }

    /// <summary>The whole model.</summary>
    public BlockTrainer Trainer => _trainer;

    /// <summary>The gradient's norm over the whole model, before clipping, at the last iteration.</summary>
    public double GradientNorm { get; private set; }

    /// <summary>Works one iteration.</summary>
    /// <returns>The mean of the micro-batches' losses, before the step.</returns>
    public double Train(long iteration)
    {
        var sum = 0.0;
        for (var microBatch = 0; microBatch < _microBatches; microBatch++)
            sum += ForwardBackward(_windows.Inputs(iteration, microBatch), _windows.Targets(iteration, microBatch));
        _trainer.CombineTied(null);
        var squaredNorms = _trainer.SquaredNorms();
        GradientNorm = Clipping.Norm(squaredNorms);
        _trainer.Step(_schedule.At(iteration), _clipping.Coefficients(_trainer.Block.Parameters, squaredNorms));
        return sum;
    }

    /// <summary>The mean loss per target.</summary>
    public double Evaluate(EvaluationWindows windows)
    {
        using var noGrad = no_grad();
        var sum = 0.0;
        for (var microBatch = 0; microBatch < windows.MicroBatches; microBatch++)
        {
            using var scope = NewDisposeScope();
            using var inputs = windows.Inputs(microBatch);
            using var targets = windows.Targets(microBatch);
            foreach (var window in CrossEntropy.SumPerWindow(_trainer.Block.Forward(inputs), targets))
                sum += window;
        }
        return sum / windows.TargetCount;
    }

    /// <summary>A copy of weights, moments and step counts that the caller owns.</summary>
    public BlockState Capture() => _trainer.Capture();

    /// <summary>Frees the model.</summary>
    public void Dispose() => _trainer.Dispose();

    /// <summary>The loss is divided before backward, so that gradients add up to the mean's.</summary>
    private double ForwardBackward(Tensor inputs, Tensor targets)
    {
        using var scope = NewDisposeScope();
        using (inputs)
        using (targets)
        {
            var share = CrossEntropy.Mean(_trainer.Block.Forward(inputs), targets).Over(_microBatches);
            share.backward();
            return share.item<float>();
        }
    }
}
