using System.Runtime.InteropServices;
using System.Security.Cryptography;
using static TorchSharp.torch;

namespace PipelineRobustness.Models.Files;

/// <summary>
/// The safetensors files with a model's weights: one file, or shards listed by an index. Opening reads headers only;
/// tensors are then read one by one, from any thread.
/// </summary>
public sealed class WeightFiles : IDisposable
{
    /// <summary>The file name of unsharded weights.</summary>
    public const string FileName = "model.safetensors";

    /// <summary>The file name of the index of sharded weights.</summary>
    public const string IndexName = FileName + ".index.json";

    private static readonly string[] OtherFormats =
        ["pytorch_model.bin", "pytorch_model.bin.index.json", "tf_model.h5", "flax_model.msgpack"];

    private readonly SortedDictionary<string, SafeTensorsFile> _files = new(StringComparer.Ordinal);
    private readonly Dictionary<string, string>? _shardOf;

    private WeightFiles(string path)
    {
        Path = path;
        try
        {
            if (!path.EndsWith(".index.json", StringComparison.Ordinal))
            {
                _files.Add(path, SafeTensorsFile.Open(path));
                Tensors = _files[path].Tensors;
                return;
            }
            _shardOf = SafeTensorsIndex.Read(path);
            Tensors = OpenShards(_shardOf);
        }
        catch
        {
            Dispose();
            throw;
        }
    }

    /// <summary>The path of the file, or of the index of the shards.</summary>
    public string Path { get; }

    /// <summary>All tensors in the files.</summary>
    public IReadOnlyDictionary<string, SafeTensorsEntry> Tensors { get; }

    /// <summary>Opens the weights in a folder, or a single file or index by its path. A whole file takes precedence over shards.</summary>
    /// <exception cref="BadInputException">
    /// The weights are absent, damaged or in another format, or the index and the shards disagree; the message names
    /// every mismatched tensor.
    /// </exception>
    public static WeightFiles Open(string path)
    {
        if (File.Exists(path)) return new WeightFiles(path);
        var (whole, index) = (System.IO.Path.Combine(path, FileName), System.IO.Path.Combine(path, IndexName));
        if (UserFile.IsThere(whole) || !Directory.Exists(path)) return new WeightFiles(whole);
        if (UserFile.IsThere(index)) return new WeightFiles(index);
        var other = OtherFormats.FirstOrDefault(name => File.Exists(System.IO.Path.Combine(path, name)));
        throw new BadInputException($"{whole}: expected this file or {IndexName}, found "
            + (other is null ? "neither" : $"only {other}, an unsupported format: convert it to safetensors"));
    }

    /// <summary>Reads a float32, float16 or bfloat16 tensor into an existing float32 tensor, contiguous on the CPU.</summary>
    /// <exception cref="BadInputException">
    /// The tensor is absent or of another shape or type, or its file was truncated in the meantime.
    /// </exception>
    public void ReadInto(string name, Tensor destination) => Holder(name).ReadInto(name, destination);

    /// <summary>The path of the file that holds a tensor.</summary>
    /// <exception cref="BadInputException">The tensor is absent.</exception>
    public string FileOf(string name) => Holder(name).Path;

    /// <summary>How many numbers of a float32, float16 or bfloat16 tensor are infinite or not a number.</summary>
    /// <exception cref="BadInputException">The tensor is absent or of another type, or its file was truncated in the meantime.</exception>
    public long CountNotFinite(string name)
    {
        var count = 0L;
        foreach (var chunk in Holder(name).ReadNumbers(name))
        {
            foreach (var number in chunk.Span)
            {
                if (!float.IsFinite(number))
                    count++;
            }
        }
        return count;
    }

    /// <summary>Whether two float32, float16 or bfloat16 tensors have one shape and the same numbers, bit for bit as float32.</summary>
    /// <exception cref="BadInputException">As for <see cref="CountNotFinite"/>.</exception>
    public bool HaveEqualNumbers(string one, string other) => Tensors[one].Shape.SequenceEqual(Tensors[other].Shape)
        && Holder(one).ReadNumbers(one).Zip(Holder(other).ReadNumbers(other))
            .All(pair => MemoryMarshal.AsBytes(pair.First.Span).SequenceEqual(MemoryMarshal.AsBytes(pair.Second.Span)));

    /// <summary>
    /// SHA-256 in lower-case hex over all tensors in the order of their names (ordinal): name, type, shape and bytes as stored.
    /// Which file a tensor is in, and other content of the files, plays no part.
    /// </summary>
    /// <exception cref="BadInputException">A file was truncated in the meantime.</exception>
    public string Sha256()
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        foreach (var name in Tensors.Keys.Order(StringComparer.Ordinal))
            Holder(name).AppendTo(hash, name);

        return Convert.ToHexStringLower(hash.GetHashAndReset());
    }

    /// <summary>Closes the files.</summary>
    public void Dispose()
    {
        foreach (var file in _files.Values)
            file.Dispose();
    }

    private SafeTensorsFile Holder(string name) => _files[_shardOf is null ? Path
        : _shardOf.GetValueOrDefault(name) ?? throw new BadInputException($"{Path}: {name}: expected a tensor, found none of that name")];

    private Dictionary<string, SafeTensorsEntry> OpenShards(Dictionary<string, string> shardOf)
    {
        var folder = System.IO.Path.GetDirectoryName(Path)!;
        var shards = shardOf.Values.Distinct().Order(StringComparer.Ordinal).ToList();
        var absent = shards.Where(shard => !File.Exists(System.IO.Path.Combine(folder, shard))).ToList();
        if (absent.Count > 0)
            throw new BadInputException($"{Path}: expected {NameList.Of(absent)} next to it, found no such file");
        var tensors = new Dictionary<string, SafeTensorsEntry>(shardOf.Count);
        var errors = new List<string>();
        foreach (var shard in shards)
        {
            var held = (_files[shard] = SafeTensorsFile.Open(System.IO.Path.Combine(folder, shard))).Tensors;
            foreach (var (name, entry) in held)
            {
                if (shardOf.GetValueOrDefault(name) == shard)
                    tensors.Add(name, entry);
                else
                    errors.Add($"{name}: expected in {shardOf.GetValueOrDefault(name) ?? "no shard"}, found in {shard}");
            }
            errors.AddRange(shardOf.Where(pair => pair.Value == shard && !held.ContainsKey(pair.Key))
                .Select(pair => $"{pair.Key}: expected in {shard}, found no such tensor there"));
            // Stop here: a shard with tensors that the index does not list must not grow the list of errors without bound.
            if (errors.Count > NameList.NamesMax) break;
        }
        return errors.Count == 0 ? tensors : throw new BadInputException($"{Path}: {NameList.Of(errors, "; ")}");
    }
}
