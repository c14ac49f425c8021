using System.IO.Hashing;
using PipelineRobustness.Models.Decoder;
using static TorchSharp.torch;

namespace PipelineRobustness.Models.Training;

/// <summary>
/// A block with its gradients, moments and step counts: what a stage, or the plain loop, trains. Gradients start at
/// null, add up over backward passes, and are null again after the step. Step counts are kept per parameter; one
/// without a gradient is left alone (no decay, no count). Owns its block.
/// </summary>
public sealed class BlockTrainer : IDisposable
{
    private readonly TrainedParameter[] _parameters;
    private readonly TiedMatrix _tied;

    /// <summary>Takes the block over; its moments start at 0, outside any dispose scope of the caller.</summary>
    public BlockTrainer(Block block, AdamWSettings settings)
    {
        Block = block;
        _parameters = [.. block.Parameters.Select(parameter => new TrainedParameter(parameter, settings))];
        _tied = new TiedMatrix(block);
    }

    /// <summary>The block that is trained.</summary>
    public Block Block { get; }

    /// <summary>
    /// The gradient of this block's use of the tied matrix (the embedding's or the head's), for sending after the last
    /// backward, outside any dispose scope; null where the block has no use or both, or the model is untied. It is no copy,
    /// so nobody may write to it; <see cref="CombineTied"/> puts another tensor in its place here.
    /// </summary>
    public Tensor? TakeTiedGradient() => _tied.TakeGradient();

    /// <summary>
    /// Adds the two gradients of the tied matrix once, the embedding's first; the sum becomes the gradient of this
    /// block's use or uses. Does nothing where the block has no use.
    /// </summary>
    /// <param name="other">The other block's gradient; null where both uses are in this block.</param>
    public void CombineTied(Tensor? other) => _tied.Combine(other);

    /// <summary>
    /// The float64 sum of squares of each parameter's gradient, in the order of <see cref="Block.Parameters"/>. A tied
    /// head counts as 0, for it is counted at the embedding; so does a parameter without gradient.
    /// </summary>
    public double[] SquaredNorms() => Array.ConvertAll(_parameters, parameter => parameter.SquaredNorm());

    /// <summary>XXH128 over all gradients in the parameters' order.</summary>
    public UInt128 GradientDigest()
    {
        var digest = new XxHash128();
        foreach (var parameter in _parameters)
            parameter.AppendGradient(digest);
        return digest.GetCurrentHashAsUInt128();
    }

    /// <summary>As the other overload, with one coefficient for all.</summary>
    public void Step(double learningRate, double coefficient) => Step(learningRate, _ => coefficient);

    /// <summary>
    /// Multiplies each gradient by its coefficient, rounded once to float32 (at exactly 1 not at all), steps, and sets
    /// the gradients to null.
    /// </summary>
    /// <param name="learningRate">This step's.</param>
    /// <param name="coefficient">Asked for each parameter that has a gradient; a tied head must get its embedding's.</param>
    public void Step(double learningRate, Func<BlockParameter, double> coefficient)
    {
        using var noGrad = no_grad();
        foreach (var parameter in _parameters)
            parameter.Step(learningRate, coefficient);
    }

    /// <summary>Sets all gradients to null (not to zero: null keeps AdamW from touching a parameter).</summary>
    public void ClearGradients()
    {
        foreach (var parameter in _parameters)
            parameter.ClearGradient();
    }

    /// <summary>XXH128 over weights, moments and step counts.</summary>
    public UInt128 StateDigest()
    {
        var digest = new XxHash128();
        foreach (var parameter in _parameters)
            parameter.AppendState(digest);
        return digest.GetCurrentHashAsUInt128();
    }

    /// <summary>Weight and the two moments of each parameter in order: the live tensors, the trainer's to dispose of.</summary>
    public IReadOnlyList<Tensor> LiveState => [.. _parameters.SelectMany(parameter => parameter.LiveState)];

    /// <summary>A copy of weights, moments and step counts that the caller owns.</summary>
    public BlockState Capture() => new(Block.Range, Array.ConvertAll(_parameters, parameter => parameter.Capture()));

    /// <summary>
    /// As <see cref="Capture"/>, without a copy: the live tensors themselves change hands. The trainer lets go of its
    /// gradients, must not be stepped any more, and may be disposed of before the state.
    /// </summary>
    public BlockState HandOver()
    {
        ClearGradients();
        return new(Block.Range, Array.ConvertAll(_parameters, parameter => parameter.HandOver()));
    }

    /// <summary>
    /// Writes a captured state into this block; gradients become null. The state may be of any cut that has all of this
    /// block's parameters, and stays the caller's.
    /// </summary>
    /// <exception cref="ArgumentException">A parameter is missing or has another shape; nothing was written.</exception>
    public void Restore(BlockState state)
    {
        var given = state.Parameters.ToDictionary(parameter => parameter.Name);
        foreach (var parameter in _parameters)
        {
            if (!given.TryGetValue(parameter.Parameter.Name, out var found) || !parameter.Fits(found))
                throw new ArgumentException($"{parameter.Parameter.Name} is missing or has another shape", nameof(state));
        }
        foreach (var parameter in _parameters)
            parameter.Restore(given[parameter.Parameter.Name]);
    }

    /// <summary>Frees gradients, moments and the block.</summary>
    public void Dispose()
    {
        foreach (var parameter in _parameters)
            parameter.Dispose();
        Block.Dispose();
    }
}
