using System.Buffers.Binary;
using System.Security.Cryptography;
using System.Text;
using Microsoft.Win32.SafeHandles;
using PipelineRobustness.Models.Training;
using static TorchSharp.torch;

namespace PipelineRobustness.Models.Files;

/// <summary>
/// A safetensors file, open for reading: an 8-byte header length, a JSON header, then the tensors' bytes. Sizes are
/// validated before memory is allocated, and tensors are read one by one, from any thread. Hand-written because no .NET
/// package checks these bounds.
/// </summary>
public sealed class SafeTensorsFile : IDisposable
{
    private const int LengthBytes = sizeof(ulong);
    private const long HeaderBytesMax = 100_000_000;   // the reference implementation's limit
    private const int NumbersEach = 1 << 20;
    private const int PieceBytes = 1 << 20;

    private readonly SafeFileHandle _handle;
    private readonly long _dataStart;

    private SafeTensorsFile(string path, SafeFileHandle handle, byte[] header)
    {
        Path = path;
        _handle = handle;
        _dataStart = LengthBytes + header.Length;
        Tensors = SafeTensorsHeader.Read(header, RandomAccess.GetLength(handle) - _dataStart, path);
    }

    /// <summary>The file's path.</summary>
    public string Path { get; }

    /// <summary>The tensors in the file.</summary>
    public IReadOnlyDictionary<string, SafeTensorsEntry> Tensors { get; }

    /// <summary>Opens a file and reads its header.</summary>
    /// <exception cref="BadInputException">The file is absent, unreadable or violates the format.</exception>
    public static SafeTensorsFile Open(string path) => UserFile.Open(path, p =>
    {
        var handle = File.OpenHandle(p);
        try
        {
            return new SafeTensorsFile(p, handle, ReadHeader(p, handle));
        }
        catch
        {
            handle.Dispose();
            throw;
        }
    });

    /// <summary>
    /// Reads a tensor of floating-point numbers or integers, in its own element type, into a new tensor that belongs to
    /// the caller's dispose scope.
    /// </summary>
    /// <exception cref="BadInputException">
    /// The tensor is absent or of an unsupported type, or the file was truncated in the meantime.
    /// </exception>
    public Tensor Read(string name)
    {
        var entry = Entry(name);
        var type = SafeTensorsEntry.ElementType(entry.Type) ?? throw Bad(name, $"expected a supported dtype, found {entry.Type}");
        var tensor = empty([.. entry.Shape], type, CPU);
        Fill(name, entry, tensor);
        return tensor;
    }

    /// <summary>
    /// Reads a float32, float16 or bfloat16 tensor into an existing one, with exact conversion, buffering at most <see
    /// cref="TensorBytes.ChunkBytes"/> bytes.
    /// </summary>
    /// <param name="name">The tensor's name in the file.</param>
    /// <param name="destination">float32 on the CPU, contiguous.</param>
    /// <exception cref="BadInputException">As for <see cref="Check"/>, or the file was truncated in the meantime.</exception>
    public void ReadInto(string name, Tensor destination)
    {
        Check(name, destination.shape);
        Fill(name, Entry(name), destination);
    }

    /// <summary>
    /// The numbers of a float32, float16 or bfloat16 tensor in order, as float32, in chunks that are valid until the next one.
    /// </summary>
    /// <exception cref="BadInputException">As for <see cref="Check"/>, or the file was truncated in the meantime.</exception>
    internal IEnumerable<ReadOnlyMemory<float>> ReadNumbers(string name)
    {
        var entry = Entry(name);
        Check(name, entry.Shape);
        var size = SafeTensorsEntry.ElementSize(entry.Type);
        var count = entry.Length / size;
        var (bytes, numbers) = (new byte[Math.Min(count, NumbersEach) * size], new float[Math.Min(count, NumbersEach)]);
        for (var at = 0L; at < count; at += NumbersEach)
        {
            var length = (int)Math.Min(NumbersEach, count - at);
            ReadBytes(name, bytes.AsSpan(0, length * size), _dataStart + entry.Begin + at * size);
            SafeTensorsEntry.ToSingle(entry.Type, bytes.AsSpan(0, length * size), numbers);
            yield return numbers.AsMemory(0, length);
        }
    }

    /// <summary>Checks that a tensor exists, has this shape and is float32, float16 or bfloat16.</summary>
    /// <exception cref="BadInputException">It does not.</exception>
    public void Check(string name, IReadOnlyList<long> shape)
    {
        if (Entry(name).Misfit(shape) is { } misfit) throw Bad(name, misfit);
    }

    /// <summary>Appends a tensor to a digest: its name, type, shape and bytes as stored, each text and the shape after its length.</summary>
    /// <exception cref="BadInputException">The tensor is absent, or the file was truncated in the meantime.</exception>
    internal void AppendTo(IncrementalHash hash, string name)
    {
        var entry = Entry(name);
        using (var head = new MemoryStream())
        using (var writer = new BinaryWriter(head, Encoding.UTF8))
        {
            writer.Write(name);
            writer.Write(entry.Type);
            writer.Write(entry.Shape.Count);
            foreach (var dimension in entry.Shape) writer.Write(dimension);
            writer.Flush();
            hash.AppendData(head.GetBuffer().AsSpan(0, (int)head.Length));
        }

        var piece = new byte[Math.Min(entry.Length, PieceBytes)];
        for (var at = 0L; at < entry.Length; at += PieceBytes)
        {
            var part = piece.AsSpan(0, (int)Math.Min(PieceBytes, entry.Length - at));
            ReadBytes(name, part, _dataStart + entry.Begin + at);
            hash.AppendData(part);
        }
    }

    /// <summary>Closes the file.</summary>
    public void Dispose() => _handle.Dispose();

    private static byte[] ReadHeader(string path, SafeFileHandle handle)
    {
        var length = RandomAccess.GetLength(handle);
        Span<byte> prefix = stackalloc byte[LengthBytes];
        if (length == 0) throw new BadInputException($"{path}: expected a safetensors file, found an empty file");
        if (length < LengthBytes || !TryFill(handle, prefix, 0))
            throw Other(path) ?? new BadInputException($"{path}: expected a safetensors file, found only {length} bytes");
        var headerLength = BinaryPrimitives.ReadUInt64LittleEndian(prefix);
        var most = (ulong)Math.Min(length - LengthBytes, HeaderBytesMax);
        if (headerLength > most)
            throw Other(path) ?? new BadInputException($"{path}: expected a safetensors header of at most {most} bytes, found {headerLength}");
        var header = new byte[headerLength];
        return TryFill(handle, header, LengthBytes)
            ? header
            : throw new BadInputException($"{path}: expected a header of {headerLength} bytes, found the file's end");
    }

    /// <summary>The refusal of a file that is recognised as something else, or null.</summary>
    private static BadInputException? Other(string path) => FileSignature.OfFile(path, isBinary: true) switch
    {
        null or FileSignature.SafeTensors => null,
        FileSignature.Zip => new BadInputException($"{path}: expected {FileSignature.SafeTensors}, found {FileSignature.Zip}, as PyTorch's .bin files are"),
        var what => new BadInputException($"{path}: expected {FileSignature.SafeTensors}, found {what}"),
    };

    private void Fill(string name, SafeTensorsEntry entry, Tensor destination)
    {
        if (destination.device_type != TorchSharp.DeviceType.CPU || !destination.is_contiguous())
            throw new ArgumentException($"{name} cannot be read into a tensor that is not contiguous on the CPU", nameof(destination));
        var type = SafeTensorsEntry.ElementType(entry.Type)!.Value;
        using var scope = NewDisposeScope();
        var converted = type == destination.dtype ? null
            : empty(Math.Min(destination.NumberOfElements, TensorBytes.ChunkBytes / destination.ElementSize), type, CPU);
        var offset = _dataStart + entry.Begin;
        TensorBytes.ForEachChunk(destination, chunk =>
        {
            var read = converted?.narrow(0, 0, chunk.NumberOfElements) ?? chunk;
            ReadBytes(name, read.bytes, offset);
            offset += read.bytes.Length;
            if (converted is not null)
                chunk.copy_(read);
        });
    }

    private void ReadBytes(string name, Span<byte> destination, long offset)
    {
        try
        {
            if (!TryFill(_handle, destination, offset)) throw Bad(name, "expected its bytes, found the file's end");
        }
        catch (IOException e)
        {
            throw Bad(name, $"cannot be read: {e.Message}");
        }
    }

    private static bool TryFill(SafeFileHandle handle, Span<byte> destination, long offset)
    {
        while (destination.Length > 0)
        {
            var read = RandomAccess.Read(handle, destination, offset);
            if (read == 0) return false;
            destination = destination[read..];
            offset += read;
        }
        return true;
    }

    private SafeTensorsEntry Entry(string name) =>
        Tensors.TryGetValue(name, out var entry) ? entry : throw Bad(name, "expected a tensor, found none of that name");

    private BadInputException Bad(string name, string what) => new($"{Path}: {name}: {what}");
}
