using static TorchSharp.torch;

namespace PipelineRobustness.Models;

/// <summary>
/// First weights from a Hugging Face folder's <c>model.safetensors</c>. Keys may lack the <c>transformer.</c> prefix,
/// buffers that Hugging Face saves (the causal mask) are ignored, and only what is asked for is read.
/// </summary>
public sealed class CheckpointWeights : IWeightSource, IDisposable
{
    /// <summary>The file's name in the folder.</summary>
    public const string FileName = "model.safetensors";

    private readonly SafeTensorsFile _file;
    private readonly Dictionary<string, ParameterSpec> _specs;
    private readonly string _missingPrefix;
    private readonly Lazy<string> _identity;

    private CheckpointWeights(string folder, SafeTensorsFile file, ModelConfig config)
    {
        _file = file;
        _specs = Gpt2Layout.Of(config, BlockRange.Whole(config)).ToDictionary(spec => spec.Name);
        _missingPrefix = file.Tensors.Keys.Any(key => key.StartsWith(Gpt2Layout.Prefix, StringComparison.Ordinal))
            ? "" : Gpt2Layout.Prefix;
        _identity = new Lazy<string>(() => $"{folder} (sha256 {file.Sha256()})");
        CheckKeys();
        foreach (var spec in _specs.Values)
            file.Check(KeyOf(spec), spec.Shape);
    }

    /// <summary>The folder and the digest of its file; the whole file is read at the first call.</summary>
    public string Identity => _identity.Value;

    /// <summary>Opens a folder, or a safetensors file by its path, and checks every tensor's name, shape and type.</summary>
    /// <exception cref="BadInputException">Absent or damaged, or tensors are missing, unknown, misshapen or not float32.</exception>
    public static CheckpointWeights Open(string folder, ModelConfig config)
    {
        var file = SafeTensorsFile.Open(File.Exists(folder) ? folder : Path.Combine(folder, FileName));
        try
        {
            return new CheckpointWeights(folder, file, config);
        }
        catch
        {
            file.Dispose();
            throw;
        }
    }

    /// <inheritdoc />
    public void Fill(string name, Tensor parameter) => _file.ReadInto(KeyOf(_specs[name]), parameter);

    /// <summary>Closes the file.</summary>
    public void Dispose() => _file.Dispose();

    /// <summary>A tied head is stored once, as the embedding; an own copy of it in the file is not read.</summary>
    private string KeyOf(ParameterSpec spec)
    {
        var name = spec.TiedTo ?? spec.Name;
        return name.StartsWith(Gpt2Layout.Prefix, StringComparison.Ordinal)
            ? string.Concat(Gpt2Layout.Prefix.AsSpan(_missingPrefix.Length), name.AsSpan(Gpt2Layout.Prefix.Length))
            : name;
    }

    private void CheckKeys()
    {
        var expected = _specs.Values.Select(KeyOf).ToHashSet();
        var missing = expected.Where(key => !_file.Tensors.ContainsKey(key)).ToList();
        if (missing.Count > 0)
            throw new BadInputException($"{_file.Path}: expected tensor {Listed(missing)}, found no such tensor");
        var extra = _file.Tensors.Keys.Where(key => !expected.Contains(key) && !IsBuffer(key) && key != Gpt2Layout.Head);
        var unknown = extra.Order(StringComparer.Ordinal).ToList();
        if (unknown.Count > 0)
            throw new BadInputException($"{_file.Path}: expected only the model's tensors, found also {Listed(unknown)}");
    }

    private static bool IsBuffer(string key) =>
        key.EndsWith(".attn.bias", StringComparison.Ordinal) || key.EndsWith(".attn.masked_bias", StringComparison.Ordinal);

    private static string Listed(List<string> keys) => keys.Count <= 4
        ? string.Join(", ", keys)
        : $"{string.Join(", ", keys.Take(3))} and {keys.Count - 3} more";
}
