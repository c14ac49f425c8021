using System.Buffers.Binary;
using System.IO.Hashing;
using System.Security.Cryptography;
using TorchSharp;
using static TorchSharp.torch;

namespace PipelineRobustness.Models.Training;

/// <summary>A digest of 128 bits to which tensors and numbers are added one after the other.</summary>
internal abstract class RunningDigest : IDisposable
{
    public static RunningDigest Of(StateHash hash) => hash == StateHash.Sha256 ? new Truncated() : new Fast();

    public abstract void Append(ReadOnlySpan<byte> bytes);

    /// <summary>The digest of everything so far.</summary>
    public abstract UInt128 End();

    public void Append(Tensor tensor)
    {
        if (tensor.device_type == DeviceType.CPU && tensor.IsInOrder() && tensor.NumberOfElements <= TensorBytes.ChunkBytes / sizeof(long))
            Append(tensor.bytes);
        else
            TensorBytes.ForEachChunk(tensor, chunk => Append(chunk.cpu().bytes));
    }

    public void Append(long number)
    {
        Span<byte> bytes = stackalloc byte[sizeof(long)];
        BinaryPrimitives.WriteInt64LittleEndian(bytes, number);
        Append(bytes);
    }

    public abstract void Dispose();

    private sealed class Fast : RunningDigest
    {
        private readonly XxHash128 _hash = new();

        public override void Append(ReadOnlySpan<byte> bytes) => _hash.Append(bytes);

        public override UInt128 End() => _hash.GetCurrentHashAsUInt128();

        public override void Dispose()
        {
        }
    }

    private sealed class Truncated : RunningDigest
    {
        private readonly IncrementalHash _hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);

        public override void Append(ReadOnlySpan<byte> bytes) => _hash.AppendData(bytes);

        public override UInt128 End()
        {
            Span<byte> bytes = stackalloc byte[SHA256.HashSizeInBytes];
            _hash.GetCurrentHash(bytes);
            return BinaryPrimitives.ReadUInt128BigEndian(bytes);
        }

        public override void Dispose() => _hash.Dispose();
    }
}
