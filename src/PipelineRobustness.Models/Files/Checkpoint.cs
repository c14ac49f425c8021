using System.Security.Cryptography;
using System.Text;
using static TorchSharp.torch;

namespace PipelineRobustness.Models.Files;

/// <summary>
/// A model's tensors on disk: one safetensors file, or shards beside an index. Only headers are read at opening; each
/// tensor is read by itself, from any thread.
/// </summary>
public sealed class Checkpoint : IDisposable
{
    /// <summary>The name of a whole checkpoint in a folder.</summary>
    public const string FileName = "model.safetensors";

    /// <summary>The index's name in a folder with shards.</summary>
    public const string IndexName = FileName + ".index.json";

    private static readonly string[] OtherFormats =
        ["pytorch_model.bin", "pytorch_model.bin.index.json", "tf_model.h5", "flax_model.msgpack"];

    private readonly SortedDictionary<string, SafeTensorsFile> _files = new(StringComparer.Ordinal);
    private readonly Dictionary<string, string>? _shardOf;

    private Checkpoint(string path)
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

    /// <summary>The file, or the index of the shards.</summary>
    public string Path { get; }

    /// <summary>What the files hold together.</summary>
    public IReadOnlyDictionary<string, SafeTensorsEntry> Tensors { get; }

    /// <summary>Opens a folder's checkpoint, or a file or index by its path. A whole file goes before shards.</summary>
    /// <exception cref="BadInputException">
    /// Absent, damaged, or of another format; or index and shards do not agree, each tensor of that kind being named.
    /// </exception>
    public static Checkpoint Open(string path)
    {
        if (File.Exists(path))
            return new Checkpoint(path);
        var (whole, index) = (System.IO.Path.Combine(path, FileName), System.IO.Path.Combine(path, IndexName));
        if (File.Exists(whole) || !Directory.Exists(path))
            return new Checkpoint(whole);
        if (File.Exists(index))
            return new Checkpoint(index);
        var other = OtherFormats.FirstOrDefault(name => File.Exists(System.IO.Path.Combine(path, name)));
        throw new BadInputException($"{whole}: expected this file or {IndexName}, found "
            + (other is null ? "neither" : $"only {other}, a format that is not read: convert it to safetensors"));
    }

    /// <summary>Reads one float32, float16 or bfloat16 tensor into an existing float32 one, contiguous on the CPU.</summary>
    /// <exception cref="BadInputException">No such tensor, of another shape or type, or its file was cut short meanwhile.</exception>
    public void ReadInto(string name, Tensor destination)
    {
        var file = _shardOf is null ? Path
            : _shardOf.GetValueOrDefault(name) ?? throw new BadInputException($"{Path}: {name}: expected a tensor, found none of that name");
        _files[file].ReadInto(name, destination);
    }

    /// <summary>
    /// A digest of all bytes, in lower-case hex: the file's SHA-256; for shards that of the lines that sha256sum prints of
    /// them, in the order of their names.
    /// </summary>
    /// <exception cref="BadInputException">A file is not there any more.</exception>
    public string Sha256()
    {
        if (_shardOf is null)
            return _files[Path].Sha256();
        var lines = string.Concat(_files.Select(file => $"{file.Value.Sha256()}  {file.Key}\n"));
        return Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(lines)));
    }

    /// <summary>Closes the files.</summary>
    public void Dispose()
    {
        foreach (var file in _files.Values)
            file.Dispose();
    }

    private Dictionary<string, SafeTensorsEntry> OpenShards(Dictionary<string, string> shardOf)
    {
        var folder = System.IO.Path.GetDirectoryName(Path)!;
        var shards = shardOf.Values.Distinct().Order(StringComparer.Ordinal).ToList();
        var absent = shards.Where(shard => !File.Exists(System.IO.Path.Combine(folder, shard))).ToList();
        if (absent.Count > 0)
            throw new BadInputException($"{Path}: expected {Listing.Of(absent)} beside it, found no such file");
        var tensors = new Dictionary<string, SafeTensorsEntry>(shardOf.Count);
        var faults = new List<string>();
        foreach (var shard in shards)
        {
            var held = (_files[shard] = SafeTensorsFile.Open(System.IO.Path.Combine(folder, shard))).Tensors;
            foreach (var (name, entry) in held)
            {
                if (shardOf.GetValueOrDefault(name) == shard)
                    tensors.Add(name, entry);
                else
                    faults.Add($"{name}: expected in {shardOf.GetValueOrDefault(name) ?? "no shard"}, found in {shard}");
            }
            faults.AddRange(shardOf.Where(pair => pair.Value == shard && !held.ContainsKey(pair.Key))
                .Select(pair => $"{pair.Key}: expected in {shard}, found no such tensor there"));
            // A shard with tensors of its own must not make room for itself: what is kept is what the index names.
            if (faults.Count > Listing.NamesMax)
                break;
        }
        return faults.Count == 0 ? tensors : throw new BadInputException($"{Path}: {Listing.Of(faults, "; ")}");
    }
}
