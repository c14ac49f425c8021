using System.IO.Hashing;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace PipelineRobustness.Models;

/// <summary>
/// A block with its gradients, moments and step counts: what a stage, or the plain loop, trains. Gradients start at
/// null, add up over backward passes, and are null again after the step. Step counts are kept per parameter; one
/// without a gradient is left alone (no decay, no count). Owns its block.
/// </summary>
public sealed class BlockTrainer : IDisposable
{
    private readonly AdamW _optimizer;
    private readonly AdamW.State[] _states;   // live, beside Block.Parameters
    private readonly TiedMatrix _tied;

    /// <summary>Takes the block over; its moments start at 0, outside any dispose scope of the caller.</summary>
    public BlockTrainer(Block block, AdamWSettings settings)
    {
        Block = block;
        _tied = new TiedMatrix(block);
        var (beta1, beta2, epsilon, decay) = settings;
        AdamW.ParamGroup Group(bool decays) => new(
            [.. block.Parameters.Where(p => p.Decays == decays).Select(p => p.Value)],
            new AdamW.Options { weight_decay = decays ? decay : 0 });
        _optimizer = optim.AdamW([Group(true), Group(false)], lr: 0, beta1, beta2, epsilon);
        var live = _optimizer.state_dict().State.Cast<AdamW.State>().GetEnumerator();
        var ofParameter = block.Parameters.OrderBy(p => !p.Decays).ToDictionary(
            p => p.Name, _ => live.MoveNext() ? live.Current : throw new InvalidOperationException("AdamW keeps fewer states"));
        _states = [.. block.Parameters.Select(p => ofParameter[p.Name])];
    }

    /// <summary>The block that is trained.</summary>
    public Block Block { get; }

    /// <summary>
    /// An own clone of the gradient of this block's use of the tied matrix (the embedding's or the head's), for sending,
    /// outside any dispose scope; null where the block has no use or both, or the model is untied.
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
    public double[] SquaredNorms()
    {
        using var noGrad = no_grad();
        return [.. Block.Parameters.Select(p => p.TiedTo is null ? SquaredNorm(p) : 0)];
    }

    /// <summary>XXH128 over all gradients in the parameters' order.</summary>
    public UInt128 GradientDigest()
    {
        var digest = new XxHash128();
        foreach (var parameter in Block.Parameters)
        {
            using var gradient = parameter.Value.grad;
            TensorBytes.Append(digest, gradient is null ? 0 : 1);
            if (gradient is not null)
                TensorBytes.Append(digest, gradient);
        }
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
        using (no_grad())
        {
            foreach (var parameter in Block.Parameters)
                Scale(parameter, coefficient);
        }
        foreach (var group in _optimizer.ParamGroups)
            group.LearningRate = learningRate;
        _optimizer.step();
        ClearGradients();
    }

    /// <summary>Sets all gradients to null (not to zero: null keeps AdamW from touching a parameter).</summary>
    public void ClearGradients()
    {
        foreach (var parameter in Block.Parameters)
            parameter.Value.grad = null;
    }

    /// <summary>XXH128 over weights, moments and step counts.</summary>
    public UInt128 StateDigest()
    {
        var digest = new XxHash128();
        foreach (var (parameter, state) in Block.Parameters.Zip(_states))
        {
            TensorBytes.Append(digest, parameter.Value);
            TensorBytes.Append(digest, state.exp_avg);
            TensorBytes.Append(digest, state.exp_avg_sq);
            TensorBytes.Append(digest, state.step);
        }
        return digest.GetCurrentHashAsUInt128();
    }

    /// <summary>Weight and the two moments of each parameter in order: the live tensors, the trainer's to dispose of.</summary>
    public IReadOnlyList<Tensor> LiveState =>
        [.. Block.Parameters.Zip(_states).SelectMany(p => new[] { p.First.Value, p.Second.exp_avg, p.Second.exp_avg_sq })];

    /// <summary>A copy of weights, moments and step counts that the caller owns.</summary>
    public BlockState Capture() => new(Block.Range, [.. Block.Parameters.Zip(_states, (parameter, state) =>
        new ParameterState(
            parameter.Name,
            parameter.TiedTo is not null,
            TensorBytes.Copy(parameter.Value),
            TensorBytes.Copy(state.exp_avg),
            TensorBytes.Copy(state.exp_avg_sq),
            state.step))]);

    /// <summary>
    /// Writes a captured state into this block; gradients become null. The state may be of any cut that has all of this
    /// block's parameters, and stays the caller's.
    /// </summary>
    /// <exception cref="ArgumentException">A parameter is missing or has another shape; nothing was written.</exception>
    public void Restore(BlockState state)
    {
        var given = state.Parameters.ToDictionary(p => p.Name);
        foreach (var parameter in Block.Parameters)
        {
            if (!given.TryGetValue(parameter.Name, out var found) || !Fits(found, parameter.Value.shape))
                throw new ArgumentException($"{parameter.Name} is missing or has another shape", nameof(state));
        }
        using var scope = NewDisposeScope();
        using var noGrad = no_grad();
        foreach (var (parameter, live) in Block.Parameters.Zip(_states))
        {
            var found = given[parameter.Name];
            parameter.Value.copy_(found.Weight);
            live.exp_avg.copy_(found.FirstMoment);
            live.exp_avg_sq.copy_(found.SecondMoment);
            live.step = found.Steps;
        }
        ClearGradients();
    }

    /// <summary>Frees gradients, moments and the block.</summary>
    public void Dispose()
    {
        _optimizer.Dispose();
        Block.Dispose();
    }

    private static bool Fits(ParameterState state, long[] shape) =>
        state.Weight.shape.SequenceEqual(shape)
        && state.FirstMoment.shape.SequenceEqual(shape)
        && state.SecondMoment.shape.SequenceEqual(shape);

    private static double SquaredNorm(BlockParameter parameter)
    {
        using var scope = NewDisposeScope();
        return parameter.Value.grad is { } gradient ? gradient.to(float64).square().sum().item<double>() : 0;
    }

    private static void Scale(BlockParameter parameter, Func<BlockParameter, double> coefficient)
    {
        using var gradient = parameter.Value.grad;
        if (gradient is null)
            return;
        var factor = (float)coefficient(parameter);
        if (factor != 1)
            gradient.mul_(factor);
    }
}
