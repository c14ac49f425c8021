using System.IO.Hashing;
using PipelineRobustness.Models.Shape;
using static TorchSharp.torch;

namespace PipelineRobustness.Models.Training;

/// <summary>One parameter with what AdamW keeps for it; owns its three tensors (float32).</summary>
/// <param name="Name">Hugging Face's key.</param>
/// <param name="Tied">Whether it is a head whose values are the embedding's.</param>
/// <param name="Weight">The parameter's values.</param>
/// <param name="FirstMoment">AdamW's running mean of the gradient.</param>
/// <param name="SecondMoment">AdamW's running mean of the squared gradient.</param>
/// <param name="Steps">How often it was stepped.</param>
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

    /// <summary>What digests of a state take in of a parameter, in their order.</summary>
    internal static void Append(XxHash128 digest, Tensor weight, Tensor firstMoment, Tensor secondMoment, long steps)
    {
        TensorBytes.Append(digest, weight);
        TensorBytes.Append(digest, firstMoment);
        TensorBytes.Append(digest, secondMoment);
        TensorBytes.Append(digest, steps);
    }
}

/// <summary>All that a block has learned, outside every dispose scope; its holder owns the tensors.</summary>
public class BlockState : IDisposable
{
    // Of each parameter: its value and two moments.
    private const int Tensors = 3;

    /// <summary>Takes ownership of the parameters.</summary>
    public BlockState(BlockRange range, IReadOnlyList<ParameterState> parameters)
    {
        Range = range;
        Parameters = parameters;
    }

    /// <summary>The bytes of a block's tensors, before there are any.</summary>
    public static long BytesOf(ModelConfig model, BlockRange block) => Cut.Parameters(model, block) * Tensors * sizeof(float);

    /// <summary>Which block.</summary>
    public BlockRange Range { get; }

    /// <summary>Its parameters in the model's order.</summary>
    public IReadOnlyList<ParameterState> Parameters { get; }

    /// <summary>The bytes of its tensors.</summary>
    public virtual long Bytes => Parameters.Sum(p => Tensors * p.Weight.NumberOfElements * p.Weight.ElementSize);

    /// <summary>XXH128 over weights, moments and step counts: that of the trainer it was captured from.</summary>
    /// <seealso cref="BlockTrainer.StateDigest"/>
    public virtual UInt128 Digest()
    {
        var digest = new XxHash128();
        foreach (var parameter in Parameters)
            ParameterState.Append(digest, parameter.Weight, parameter.FirstMoment, parameter.SecondMoment, parameter.Steps);
        return digest.GetCurrentHashAsUInt128();
    }

    /// <summary>Frees all tensors.</summary>
    public void Dispose()
    {
        foreach (var parameter in Parameters)
            parameter.Dispose();
        GC.SuppressFinalize(this);
    }
}
