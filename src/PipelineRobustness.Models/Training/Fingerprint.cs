using System.Buffers.Binary;
using System.Security.Cryptography;
using System.Text;
using static TorchSharp.torch;

namespace PipelineRobustness.Models.Training;

/// <summary>SHA-256 in lower-case hex over a model's parameters in the model's order, without a tied head.</summary>
public static class Fingerprint
{
    /// <summary>Covers names, shapes and the bytes of the weights.</summary>
    public static string Weights(IEnumerable<ParameterState> parameters)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        foreach (var parameter in parameters.Where(parameter => !parameter.Tied))
            AppendWeight(hash, parameter);
        return Convert.ToHexStringLower(hash.GetHashAndReset());
    }

    /// <summary>Like <see cref="Weights"/>, and covers moments, step counts and the position in the data.</summary>
    /// <param name="parameters">The whole model, in the model's order.</param>
    /// <param name="windows">The number of training windows used.</param>
    public static string State(IEnumerable<ParameterState> parameters, long windows)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        foreach (var parameter in parameters.Where(parameter => !parameter.Tied))
        {
            AppendWeight(hash, parameter);
            AppendBytes(hash, parameter.FirstMoment);
            AppendBytes(hash, parameter.SecondMoment);
            AppendNumber(hash, parameter.Steps);
        }
        AppendNumber(hash, windows);
        return Convert.ToHexStringLower(hash.GetHashAndReset());
    }

    private static void AppendWeight(IncrementalHash hash, ParameterState parameter)
    {
        var name = Encoding.UTF8.GetBytes(parameter.Name);
        AppendNumber(hash, name.Length);
        hash.AppendData(name);
        var shape = parameter.Weight.shape;
        AppendNumber(hash, shape.Length);
        foreach (var dimension in shape)
            AppendNumber(hash, dimension);
        AppendBytes(hash, parameter.Weight);
    }

    private static void AppendBytes(IncrementalHash hash, Tensor tensor) =>
        TensorBytes.ForEachChunk(tensor, chunk => hash.AppendData(chunk.cpu().bytes));

    private static void AppendNumber(IncrementalHash hash, long number)
    {
        Span<byte> bytes = stackalloc byte[sizeof(long)];
        BinaryPrimitives.WriteInt64LittleEndian(bytes, number);
        hash.AppendData(bytes);
    }
}
