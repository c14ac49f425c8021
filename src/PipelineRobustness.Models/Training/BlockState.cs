using PipelineRobustness.Models.Shape;
using static TorchSharp.torch;

namespace PipelineRobustness.Models.Training;

/// <summary>A parameter and its AdamW state; owns its three tensors (float32).</summary>
/// <param name="Name">Hugging Face's key.</param>
/// <param name="Tied">Whether it is a head tied to the embedding.</param>
/// <param name="Weight">The parameter's values.</param>
/// <param name="FirstMoment">AdamW's running mean of the gradient.</param>
/// <param name="SecondMoment">AdamW's running mean of the squared gradient.</param>
/// <param name="Steps">The number of steps taken.</param>
public sealed record ParameterState(
    string Name, bool Tied, Tensor Weight, Tensor FirstMoment, Tensor SecondMoment, long Steps) : IDisposable
{
    /// <summary>Frees the three tensors.</summary>
    public void Dispose()
    {
        Weight.Dispose();
        FirstMoment.Dispose();
        SecondMoment.Dispose();
    }

    /// <summary>Which of a parameter's three tensors holds a number that is not finite, in words; null for none.</summary>
    internal static string? NotFinite(string name, Tensor weight, Tensor firstMoment, Tensor secondMoment) =>
        !Finiteness.Holds(weight) ? $"weight {name}"
        : !Finiteness.Holds(firstMoment) ? $"first moment of {name}"
        : !Finiteness.Holds(secondMoment) ? $"second moment of {name}"
        : null;

    /// <summary>Adds a parameter to a state's digest.</summary>
    internal static void Append(RunningDigest digest, Tensor weight, Tensor firstMoment, Tensor secondMoment, long steps)
    {
        digest.Append(weight);
        digest.Append(firstMoment);
        digest.Append(secondMoment);
        digest.Append(steps);
    }
}

/// <summary>A block's complete training state, outside any dispose scope; its holder owns the tensors.</summary>
public class BlockState : IDisposable
{
    // Per parameter: its values and two moments.
    private const int Tensors = 3;

    /// <summary>Takes ownership of the parameters.</summary>
    public BlockState(BlockRange range, IReadOnlyList<ParameterState> parameters, StateHash hash = StateHash.Xxh128)
    {
        Range = range;
        Parameters = parameters;
        Hash = hash;
    }

    /// <summary>The size in bytes of a block's state, computed from its shape.</summary>
    public static long BytesOf(ModelConfig model, BlockRange block) => Cut.Parameters(model, block) * Tensors * sizeof(float);

    /// <summary>The block's layers.</summary>
    public BlockRange Range { get; }

    /// <summary>The parameters in the model's order.</summary>
    public IReadOnlyList<ParameterState> Parameters { get; }

    /// <summary>What its digest is computed by.</summary>
    public StateHash Hash { get; }

    /// <summary>Weight and both moments of each parameter in order, owned by the state.</summary>
    public IReadOnlyList<Tensor> LiveState => [.. Parameters.SelectMany(p => (Tensor[])[p.Weight, p.FirstMoment, p.SecondMoment])];

    /// <summary>The size of the tensors in bytes.</summary>
    public virtual long Bytes => Parameters.Sum(p => Tensors * p.Weight.NumberOfElements * p.Weight.ElementSize);

    /// <summary>The digest of weights, moments and step counts; equal to the digest of the trainer it was captured from.</summary>
    /// <seealso cref="BlockTrainer.StateDigest"/>
    public virtual UInt128 Digest()
    {
        using var digest = RunningDigest.Of(Hash);
        foreach (var parameter in Parameters)
            ParameterState.Append(digest, parameter.Weight, parameter.FirstMoment, parameter.SecondMoment, parameter.Steps);
        return digest.End();
    }

    /// <summary>The first weight or moment that is not finite, in words; null where all are.</summary>
    public string? FirstNotFinite() => Parameters.Select(p => ParameterState.NotFinite(p.Name, p.Weight, p.FirstMoment, p.SecondMoment))
        .FirstOrDefault(found => found is not null);

    /// <summary>The same state with another tensor for each of its own.</summary>
    public BlockState With(Func<Tensor, Tensor> other) => new(
        Range,
        [
            .. Parameters.Select(p => p with
            {
                Weight = other(p.Weight),
                FirstMoment = other(p.FirstMoment),
                SecondMoment = other(p.SecondMoment),
            }),
        ],
        Hash);

    /// <summary>Frees all tensors.</summary>
    public void Dispose()
    {
        foreach (var parameter in Parameters)
            parameter.Dispose();
        GC.SuppressFinalize(this);
    }
}
