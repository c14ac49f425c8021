using PipelineRobustness.Models.Decoder;
using static TorchSharp.torch;

namespace PipelineRobustness.Models.Training;

/// <summary>
/// A block with its gradients, moments and step counts: what a stage, or the plain loop, trains. Gradients start as
/// null, accumulate over backward passes and are null again after the step. Step counts are per parameter; a parameter
/// without a gradient is not stepped, decayed or counted. Owns its block.
/// </summary>
public sealed class BlockTrainer : IDisposable
{
    private readonly TrainedParameter[] _parameters;
    private readonly TiedMatrix _tied;
    private readonly StateHash _hash;

    /// <summary>Takes ownership of the block; moments start at 0, outside the caller's dispose scope.</summary>
    /// <param name="block">The block.</param>
    /// <param name="settings">The optimizer's hyperparameters.</param>
    /// <param name="hash">What digests of its state are computed by.</param>
    public BlockTrainer(Block block, AdamWSettings settings, StateHash hash = StateHash.Xxh128)
    {
        Block = block;
        _hash = hash;
        _parameters = [.. block.Parameters.Select(parameter => new TrainedParameter(parameter, settings))];
        _tied = new TiedMatrix(block);
    }

    /// <summary>The trained block.</summary>
    public Block Block { get; }

    /// <summary>
    /// The gradient of this block's use of the tied matrix (as embedding or as head), to be sent after the last
    /// backward pass; outside any dispose scope. Null if the block has no use or both, or the model is untied. It is an
    /// alias, so it must not be written to; <see cref="CombineTied"/> replaces the gradient with a new tensor.
    /// </summary>
    public Tensor? TakeTiedGradient() => _tied.TakeGradient();

    /// <summary>
    /// Adds the two gradients of the tied matrix once, the embedding's first; the sum becomes the gradient of each use
    /// in this block. Does nothing if the block has no use.
    /// </summary>
    /// <param name="other">The other block's gradient; null if both uses are in this block.</param>
    public void CombineTied(Tensor? other) => _tied.Combine(other);

    /// <summary>
    /// The float64 sum of squares of each parameter's gradient, in the order of <see cref="Block.Parameters"/>. A tied
    /// head counts as 0, since its embedding is counted; so does a parameter without a gradient.
    /// </summary>
    public double[] SquaredNorms() => Array.ConvertAll(_parameters, parameter => parameter.SquaredNorm());

    /// <summary>XXH128 over all gradients in the order of the parameters.</summary>
    public UInt128 GradientDigest()
    {
        using var digest = RunningDigest.Of(StateHash.Xxh128);
        foreach (var parameter in _parameters)
            parameter.AppendGradient(digest);
        return digest.End();
    }

    /// <summary>Steps all parameters with the same coefficient.</summary>
    public void Step(double learningRate, double coefficient) => Step(learningRate, _ => coefficient);

    /// <summary>
    /// Multiplies each gradient by its coefficient, rounded once to float32 (skipped if it is exactly 1), steps, and
    /// sets the gradients to null.
    /// </summary>
    /// <param name="learningRate">The learning rate of this step.</param>
    /// <param name="coefficient">Called for each parameter with a gradient; a tied head must get its embedding's coefficient.</param>
    public void Step(double learningRate, Func<BlockParameter, double> coefficient)
    {
        using var noGrad = no_grad();
        foreach (var parameter in _parameters)
            parameter.Step(learningRate, coefficient);
    }

    /// <summary>Sets all gradients to null, not to zero: AdamW leaves parameters without a gradient untouched.</summary>
    public void ClearGradients()
    {
        foreach (var parameter in _parameters)
            parameter.ClearGradient();
    }

    /// <summary>The same for the parameters of these names alone: they are not stepped, and count for no norm.</summary>
    public void ClearGradients(IReadOnlySet<string> names)
    {
        foreach (var parameter in _parameters.Where(parameter => names.Contains(parameter.Parameter.Name)))
            parameter.ClearGradient();
    }

    /// <summary>The digest of weights, moments and step counts.</summary>
    public UInt128 StateDigest()
    {
        using var digest = RunningDigest.Of(_hash);
        foreach (var parameter in _parameters)
            parameter.AppendState(digest);
        return digest.End();
    }

    /// <summary>The first weight or moment that is not finite, in words; null where all are.</summary>
    public string? FirstNotFinite() => _parameters.Select(parameter => parameter.NotFinite()).FirstOrDefault(found => found is not null);

    /// <summary>Weight and both moments of each parameter in order: the live tensors, owned by the trainer.</summary>
    public IReadOnlyList<Tensor> LiveState => [.. _parameters.SelectMany(parameter => parameter.LiveState)];

    /// <summary>A copy of weights, moments and step counts, owned by the caller.</summary>
    public BlockState Capture() => new(Block.Range, Array.ConvertAll(_parameters, parameter => parameter.Capture()), _hash);

    /// <summary>
    /// Like <see cref="Capture"/> without copying: the live tensors themselves change owner. The trainer drops its
    /// gradients, must not be stepped again, and may be disposed of before the state.
    /// </summary>
    public BlockState DetachState()
    {
        ClearGradients();
        return new(Block.Range, Array.ConvertAll(_parameters, parameter => parameter.DetachState()), _hash);
    }

    /// <summary>
    /// Writes a captured state into this block and sets gradients to null. The state may come from any cut that
    /// contains this block's parameters, and stays the caller's.
    /// </summary>
    /// <exception cref="ArgumentException">A parameter is missing or has another shape; nothing is written.</exception>
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
