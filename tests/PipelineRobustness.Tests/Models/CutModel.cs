using PipelineRobustness.Models.Decoder;
using PipelineRobustness.Models.Shape;
using PipelineRobustness.Models.Text;
using PipelineRobustness.Models.Training;
using PipelineRobustness.Models.Weights;
using static TorchSharp.torch;

namespace PipelineRobustness.Tests.Models;

/// <summary>
/// A model cut into blocks that are chained like a pipeline: a block's output is detached and becomes a leaf of the
/// next block, whose gradient is sent back.
/// </summary>
internal sealed class CutModel : IDisposable
{
    public CutModel(ModelConfig config, int stages, IWeightSource weights, AdamWSettings? settings = null)
    {
        settings ??= new AdamWSettings(0.9, 0.999, 1e-8, 0);
        Trainers = [.. Cut.Balanced(config, stages).Select(range => new BlockTrainer(new Block(config, range, weights), settings))];
    }

    private CutModel(IEnumerable<BlockTrainer> trainers) => Trainers = [.. trainers];

    public IReadOnlyList<BlockTrainer> Trainers { get; }

    /// <summary>All parameters in the model's order.</summary>
    public IEnumerable<BlockParameter> Parameters => Trainers.SelectMany(trainer => trainer.Block.Parameters);

    /// <summary>The same blocks without some, which are bypassed. Owns nothing.</summary>
    public CutModel Without(IEnumerable<int> blocks) =>
        new(Trainers.ExceptBy(blocks, trainer => trainer.Block.Range.Index));

    public Tensor Logits(Tensor ids, List<Tensor>? hidden = null)
    {
        using var noGrad = no_grad();
        return Trainers.Aggregate(ids, (input, trainer) => trainer.Block.Forward(input, hidden));
    }

    /// <summary>Trains one iteration like <see cref="PlainLoop.Train"/>.</summary>
    public double Train(
        TrainingWindows windows, long iteration, int microBatches, double learningRate, double clip, bool perStage = false)
    {
        var loss = Accumulate(windows, iteration, microBatches);
        if (perStage)
            StepPerStage(learningRate, clip);
        else
            Step(learningRate, clip);
        return loss;
    }

    /// <summary>Runs the forward and backward passes of an iteration's micro-batches, without a step.</summary>
    public double Accumulate(TrainingWindows windows, long iteration, int microBatches)
    {
        var sum = 0.0;
        for (var microBatch = 0; microBatch < microBatches; microBatch++)
        {
            using var inputs = windows.Inputs(iteration, microBatch);
            using var targets = windows.Targets(iteration, microBatch);
            sum += ForwardBackward(inputs, logits => CrossEntropy.Mean(logits, targets), microBatches);
        }
        return sum;
    }

    /// <summary>
    /// Runs the forward pass, computes the loss with <paramref name="lossOf"/>, and runs the backward pass of the
    /// loss's share through all blocks.
    /// </summary>
    public double ForwardBackward(Tensor ids, Func<Tensor, Tensor> lossOf, int share = 1)
    {
        using var scope = NewDisposeScope();
        var (inputs, outputs) = (new List<Tensor>(), new List<Tensor>());
        foreach (var trainer in Trainers)
        {
            inputs.Add(outputs.Count == 0 ? ids : outputs[^1].detach().requires_grad_(true));
            outputs.Add(trainer.Block.Forward(inputs[^1]));
        }
        var loss = lossOf(outputs[^1]) / share;
        loss.backward();
        for (var stage = Trainers.Count - 2; stage >= 0; stage--)
            outputs[stage].backward([inputs[stage + 1].grad!]);
        return loss.item<float>();
    }

    /// <summary>Exchanges the gradients of the tied matrix between the first and the last block.</summary>
    public void CombineTied()
    {
        using var first = Trainers[0].TakeTiedGradient();
        using var last = Trainers[^1].TakeTiedGradient();
        Trainers[0].CombineTied(last);
        if (Trainers.Count > 1)
            Trainers[^1].CombineTied(first);
    }

    /// <summary>Clips by the whole model's norm and steps.</summary>
    /// <returns>The norm before clipping.</returns>
    public double Step(double learningRate, double clip)
    {
        CombineTied();
        var norm = Clipping.Norm(Trainers.SelectMany(trainer => trainer.SquaredNorms()));
        foreach (var trainer in Trainers)
            trainer.Step(learningRate, Clipping.Coefficient(norm, clip));
        return norm;
    }

    /// <summary>Clips each block by its own norm, and the tied head by its embedding's block.</summary>
    private void StepPerStage(double learningRate, double clip)
    {
        CombineTied();
        var coefficients = Trainers.Select(trainer => Clipping.Coefficient(Clipping.Norm(trainer.SquaredNorms()), clip)).ToList();
        foreach (var (trainer, own) in Trainers.Zip(coefficients))
            trainer.Step(learningRate, parameter => parameter.TiedTo is null ? own : coefficients[0]);
    }

    /// <summary>The fingerprint of weights, moments and step counts.</summary>
    public string StateFingerprint(long windows = 0)
    {
        var states = Trainers.Select(trainer => trainer.Capture()).ToList();
        var print = Fingerprint.State(states.SelectMany(state => state.Parameters), windows);
        states.ForEach(state => state.Dispose());
        return print;
    }

    public void Dispose()
    {
        foreach (var trainer in Trainers)
            trainer.Dispose();
    }
}
