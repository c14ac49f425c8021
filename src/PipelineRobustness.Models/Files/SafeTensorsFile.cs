using System.Buffers.Binary;
using System.Security.Cryptography;
using Microsoft.Win32.SafeHandles;
using static TorchSharp.torch;

namespace PipelineRobustness.Models;

/// <summary>
/// A safetensors file, open for reading: eight bytes of header length, a JSON header, the tensors' bytes. Everything is
/// checked before memory is taken for it, and each tensor is read by itself.
/// </summary>
public sealed class SafeTensorsFile : IDisposable
{
    private const int LengthBytes = sizeof(ulong);
    private const long HeaderBytesMax = 100_000_000;   // the reference implementation's limit

    private readonly SafeFileHandle _handle;
    private readonly long _dataStart;

    private SafeTensorsFile(string path, SafeFileHandle handle, byte[] header)
    {
        Path = path;
        _handle = handle;
        _dataStart = LengthBytes + header.Length;
        Tensors = SafeTensorsHeader.Read(header, RandomAccess.GetLength(handle) - _dataStart, path);
    }

    /// <summary>Where the file is.</summary>
    public string Path { get; }

    /// <summary>What the file holds.</summary>
    public IReadOnlyDictionary<string, SafeTensorsEntry> Tensors { get; }

    /// <summary>Opens a file and reads its header.</summary>
    /// <exception cref="BadInputException">Absent, unreadable, or not as the format says.</exception>
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

    /// <summary>Reads one tensor, float32 or int64, into a new one that belongs to the caller's dispose scope.</summary>
    /// <exception cref="BadInputException">No such tensor, another element type, or the file was cut short meanwhile.</exception>
    public Tensor Read(string name)
    {
        var entry = Entry(name);
        var type = SafeTensorsEntry.ElementType(entry.Type) ?? throw Mismatch(name, "F32 or I64", entry.Type);
        var tensor = empty([.. entry.Shape], type, CPU);
        ReadBytes(name, entry, tensor.bytes);
        return tensor;
    }

    /// <summary>Reads one float32 tensor into an existing one on the CPU.</summary>
    /// <exception cref="BadInputException">As for <see cref="Check"/>, or the file was cut short meanwhile.</exception>
    public void ReadInto(string name, Tensor destination)
    {
        Check(name, destination.shape);
        ReadBytes(name, Entry(name), destination.bytes);
    }

    /// <summary>Checks that a tensor is there, is float32 and has this shape.</summary>
    /// <exception cref="BadInputException">It is not.</exception>
    public void Check(string name, IReadOnlyList<long> shape)
    {
        var entry = Entry(name);
        if (!entry.Shape.SequenceEqual(shape))
            throw Mismatch(name, $"shape [{string.Join(", ", shape)}]", $"[{string.Join(", ", entry.Shape)}]");
        if (entry.Type != "F32")
            throw Mismatch(name, "dtype F32 (other types are not read yet)", entry.Type);
    }

    /// <summary>The digest of the whole file, in lower-case hex.</summary>
    /// <exception cref="BadInputException">It is not there any more.</exception>
    public string Sha256() => UserFile.Open(Path, path =>
    {
        using var stream = File.OpenRead(path);
        return Convert.ToHexStringLower(SHA256.HashData(stream));
    });

    /// <summary>Closes the file.</summary>
    public void Dispose() => _handle.Dispose();

    private static byte[] ReadHeader(string path, SafeFileHandle handle)
    {
        var length = RandomAccess.GetLength(handle);
        Span<byte> prefix = stackalloc byte[LengthBytes];
        if (length < LengthBytes || !TryFill(handle, prefix, 0))
            throw new BadInputException($"{path}: expected a safetensors file, found only {length} bytes");
        var headerLength = BinaryPrimitives.ReadUInt64LittleEndian(prefix);
        var most = (ulong)Math.Min(length - LengthBytes, HeaderBytesMax);
        if (headerLength > most)
            throw new BadInputException($"{path}: expected a safetensors header of at most {most} bytes, found {headerLength}");
        var header = new byte[headerLength];
        return TryFill(handle, header, LengthBytes)
            ? header
            : throw new BadInputException($"{path}: expected a header of {headerLength} bytes, found the file's end");
    }

    private void ReadBytes(string name, SafeTensorsEntry entry, Span<byte> destination)
    {
        if (!TryFill(_handle, destination, _dataStart + entry.Begin))
            throw Mismatch(name, $"{entry.Length} bytes", "the file's end");
    }

    private static bool TryFill(SafeFileHandle handle, Span<byte> destination, long offset)
    {
        while (destination.Length > 0)
        {
            var read = RandomAccess.Read(handle, destination, offset);
            if (read == 0)
                return false;
            destination = destination[read..];
            offset += read;
        }
        return true;
    }

    private SafeTensorsEntry Entry(string name) =>
        Tensors.TryGetValue(name, out var entry) ? entry : throw Mismatch(name, "a tensor", "none of that name");

    private BadInputException Mismatch(string name, string expected, string found) =>
        new($"{Path}: {name}: expected {expected}, found {found}");
}
