using PipelineRobustness.Models.Decoder;
using PipelineRobustness.Models.Families;
using PipelineRobustness.Models.Shape;
using PipelineRobustness.Models.Text;
using PipelineRobustness.Models.Weights;
using static TorchSharp.torch;

namespace PipelineRobustness.Models.Training;

/// <summary>
/// The reference: a plain training loop over the whole model, without actors, on the same micro-batches. A pipeline
/// with any number of stages must end with the same bits.
/// </summary>
public sealed class PlainLoop : IDisposable
{
    private readonly BlockTrainer _trainer;
    private readonly LinearSchedule _schedule;
    private readonly TrainingWindows _windows;
    private readonly int _microBatches;
    private readonly ClippingScope _clipping;

    // Names of the parameters that are not stepped.
    private readonly HashSet<string> _frozen;

    /// <summary>Creates the model.</summary>
    /// <param name="config">The model's shape.</param>
    /// <param name="weights">The initial weights.</param>
    /// <param name="settings">The optimizer's hyperparameters.</param>
    /// <param name="schedule">The learning-rate schedule.</param>
    /// <param name="clip">The largest gradient norm; 0 or infinity disables clipping.</param>
    /// <param name="windows">The training data.</param>
    /// <param name="microBatches">Micro-batches per iteration.</param>
    /// <param name="clipPerBlock">If given, each of these blocks is clipped by its own norm; otherwise the whole model by one norm.</param>
    /// <param name="stepped">If given, only the parameters of these blocks are stepped; otherwise all.</param>
    /// <exception cref="BadInputException">The weights do not match the model.</exception>
    public PlainLoop(
        ModelConfig config, IWeightSource weights, AdamWSettings settings, LinearSchedule schedule, double clip,
        TrainingWindows windows, int microBatches, IReadOnlyList<BlockRange>? clipPerBlock = null,
        IReadOnlyList<BlockRange>? stepped = null)
    {
        var whole = BlockRange.Whole(config);
        _trainer = new BlockTrainer(new Block(config, whole, weights), settings);
        _clipping = new ClippingScope(config, clipPerBlock ?? [whole], clip);
        _frozen = [.. Frozen(config, stepped)];
        _schedule = schedule;
        _windows = windows;
        _microBatches = microBatches;
    }

    /// <summary>The whole model.</summary>
    public BlockTrainer Trainer => _trainer;

    /// <summary>The norm of the gradient of what was stepped in the last iteration, before clipping.</summary>
    public double GradientNorm { get; private set; }

    /// <summary>Trains one iteration.</summary>
    /// <returns>The mean of the micro-batches' losses, before the step.</returns>
    public double Train(long iteration)
    {
        var sum = 0.0;
        for (var microBatch = 0; microBatch < _microBatches; microBatch++)
            sum += ForwardBackward(_windows.Inputs(iteration, microBatch), _windows.Targets(iteration, microBatch));
        _trainer.CombineTied(null);
        _trainer.ClearGradients(_frozen);
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

    /// <summary>A copy of weights, moments and step counts, owned by the caller.</summary>
    public BlockState Capture() => _trainer.Capture();

    /// <summary>Frees the model.</summary>
    public void Dispose() => _trainer.Dispose();

    private static IEnumerable<string> Frozen(ModelConfig config, IReadOnlyList<BlockRange>? stepped) => stepped is null ? []
        : DecoderLayout.Of(config).Select(spec => spec.Name)
            .Except(stepped.SelectMany(block => DecoderLayout.Of(config, block)).Select(spec => spec.Name));

    /// <summary>Divides the loss before the backward pass, so that gradients accumulate to the mean's gradient.</summary>
    private double ForwardBackward(Tensor inputs, Tensor targets)
    {
        using var scope = NewDisposeScope();
        using (inputs)
        using (targets)
        {
            var share = CrossEntropy.Mean(_trainer.Block.Forward(inputs), targets).DividedBy(_microBatches);
            share.backward();
            return share.item<float>();
        }
    }
}
