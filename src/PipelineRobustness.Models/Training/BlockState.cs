using System.IO.Hashing;
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
    internal static void Append(XxHash128 digest, Tensor weight, Tensor firstMoment, Tensor secondMoment, long steps)
    {
        TensorBytes.Append(digest, weight);
        TensorBytes.Append(digest, firstMoment);
        TensorBytes.Append(digest, secondMoment);
        TensorBytes.Append(digest, steps);
    }
}

/// <summary>A block's complete training state, outside any dispose scope; its holder owns the tensors.</summary>
public class BlockState : IDisposable
{
    // Per parameter: its values and two moments.
    private const int Tensors = 3;

    /// <summary>Takes ownership of the parameters.</summary>
    public BlockState(BlockRange range, IReadOnlyList<ParameterState> parameters)
    {
        Range = range;
        Parameters = parameters;
    }

    /// <summary>The size in bytes of a block's state, computed from its shape.</summary>
    public static long BytesOf(ModelConfig model, BlockRange block) => Cut.Parameters(model, block) * Tensors * sizeof(float);

    /// <summary>The block's layers.</summary>
    public BlockRange Range { get; }

    /// <summary>The parameters in the model's order.</summary>
    public IReadOnlyList<ParameterState> Parameters { get; }

    /// <summary>The size of the tensors in bytes.</summary>
    public virtual long Bytes => Parameters.Sum(p => Tensors * p.Weight.NumberOfElements * p.Weight.ElementSize);

    /// <summary>XXH128 over weights, moments and step counts; equal to the digest of the trainer it was captured from.</summary>
    /// <seealso cref="BlockTrainer.StateDigest"/>
    public virtual UInt128 Digest()
    {
        var digest = new XxHash128();
        foreach (var parameter in Parameters)
            ParameterState.Append(digest, parameter.Weight, parameter.FirstMoment, parameter.SecondMoment, parameter.Steps);
        return digest.GetCurrentHashAsUInt128();
    }

    /// <summary>The first weight or moment that is not finite, in words; null where all are.</summary>
    public string? FirstNotFinite() => Parameters.Select(p => ParameterState.NotFinite(p.Name, p.Weight, p.FirstMoment, p.SecondMoment))
        .FirstOrDefault(found => found is not null);

    /// <summary>Frees all tensors.</summary>
    public void Dispose()
    {
        foreach (var parameter in Parameters)
            parameter.Dispose();
        GC.SuppressFinalize(this);
    }
}
