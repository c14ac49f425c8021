using System.Buffers.Binary;
using System.IO.Hashing;
using TorchSharp;
using static TorchSharp.torch;

namespace PipelineRobustness.Models;

/// <summary>Tensors as bytes, for digests and copies.</summary>
internal static class TensorBytes
{
    public static void Append(XxHash128 digest, Tensor tensor)
    {
        if (tensor.device_type == DeviceType.CPU && tensor.is_contiguous())
        {
            digest.Append(tensor.bytes);
            return;
        }
        using var scope = NewDisposeScope();
        digest.Append(tensor.detach().cpu().contiguous().bytes);
    }

    public static void Append(XxHash128 digest, long number)
    {
        Span<byte> bytes = stackalloc byte[sizeof(long)];
        BinaryPrimitives.WriteInt64LittleEndian(bytes, number);
        digest.Append(bytes);
    }

    /// <summary>An own contiguous copy on the CPU, outside autograd and every dispose scope.</summary>
    public static Tensor Copy(Tensor tensor)
    {
        using var detached = tensor.detach();
        return detached.to(CPU, copy: true).DetachFromDisposeScope();
    }
}
