using PipelineRobustness.Models.Families;
using PipelineRobustness.Models.Files;
using PipelineRobustness.Models.Shape;
using static TorchSharp.torch;

namespace PipelineRobustness.Models.Weights;

/// <summary>
/// First weights from a Hugging Face folder's checkpoint, whole or in shards. Keys may lack the prefix that the model's
/// base has (<c>transformer.</c>, <c>model.</c>), buffers that Hugging Face saves (the causal mask) are ignored, and only
/// what is asked for is read.
/// </summary>
public sealed class CheckpointWeights : IWeightSource, IDisposable
{
    /// <summary>The file's name in the folder.</summary>
    public const string FileName = Checkpoint.FileName;

    private readonly Checkpoint _file;
    private readonly DecoderFamily _family;
    private readonly Dictionary<string, ParameterSpec> _specs;
    private readonly string _missingPrefix;
    private readonly Lazy<string> _identity;

    private CheckpointWeights(string folder, Checkpoint file, ModelConfig config)
    {
        _file = file;
        _specs = DecoderLayout.Of(config).ToDictionary(spec => spec.Name);
        _family = DecoderFamily.Of(config);
        _missingPrefix = file.Tensors.Keys.Any(key => key.StartsWith(Prefix, StringComparison.Ordinal)) ? "" : Prefix;
        _identity = new Lazy<string>(() => $"{folder} (sha256 {file.Sha256()})");
        CheckKeys();
    }

    /// <summary>The folder and the digest of its files; all of them are read at the first call.</summary>
    public string Identity => _identity.Value;

    /// <summary>
    /// Opens a folder, or a safetensors file or index by its path, and checks every tensor's name, shape and type. Nothing
    /// but headers is read.
    /// </summary>
    /// <exception cref="BadInputException">
    /// Absent or damaged, or tensors are missing, unknown, misshapen or of other types: each of them is named.
    /// </exception>
    public static CheckpointWeights Open(string folder, ModelConfig config)
    {
        var file = Checkpoint.Open(folder);
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

    /// <summary>Closes the files.</summary>
    public void Dispose() => _file.Dispose();

    private string Prefix => _family.Parts.Prefix;

    /// <summary>A tied head is stored once, as the embedding; an own copy of it in the file is not read.</summary>
    private string KeyOf(ParameterSpec spec)
    {
        var name = spec.TiedTo ?? spec.Name;
        return name.StartsWith(_missingPrefix, StringComparison.Ordinal) ? name[_missingPrefix.Length..] : name;
    }

    private void CheckKeys()
    {
        var expected = _specs.Values.Where(spec => spec.TiedTo is null).ToDictionary(KeyOf, spec => spec.Shape);
        var faults = new List<string>();
        var missing = expected.Keys.Where(key => !_file.Tensors.ContainsKey(key)).ToList();
        if (missing.Count > 0)
            faults.Add($"expected tensor {Listing.Of(missing)}, found no such tensor");
        var extra = _file.Tensors.Keys.Where(key => !expected.ContainsKey(key) && !_family.IsBuffer(key) && key != _family.Parts.Head);
        var unknown = extra.Order(StringComparer.Ordinal).ToList();
        if (unknown.Count > 0)
            faults.Add($"expected only the model's tensors, found also {Listing.Of(unknown)}");
        faults.AddRange(from one in expected
                        let misfit = _file.Tensors.GetValueOrDefault(one.Key)?.Misfit(one.Value)
                        where misfit is not null
                        select $"{one.Key}: {misfit}");
        if (faults.Count > 0)
            throw new BadInputException($"{_file.Path}: {Listing.Of(faults, "; ")}");
    }
}
