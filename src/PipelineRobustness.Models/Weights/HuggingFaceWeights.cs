using PipelineRobustness.Models.Families;
using PipelineRobustness.Models.Files;
using PipelineRobustness.Models.Shape;
using static TorchSharp.torch;

namespace PipelineRobustness.Models.Weights;

/// <summary>
/// Initial weights from a Hugging Face folder, one file or shards. Keys may lack the base model's prefix
/// (<c>transformer.</c>, <c>model.</c>), buffers saved by Hugging Face (the causal mask) are ignored, and only
/// requested tensors are read.
/// </summary>
public sealed class HuggingFaceWeights : IWeightSource, IDisposable
{
    /// <summary>The file name in the folder.</summary>
    public const string FileName = WeightFiles.FileName;

    private readonly WeightFiles _file;
    private readonly DecoderFamily _family;
    private readonly Dictionary<string, ParameterSpec> _specs;
    private readonly string _missingPrefix;
    private readonly Lazy<string> _identity;

    private HuggingFaceWeights(string folder, WeightFiles file, ModelConfig config)
    {
        _file = file;
        _specs = DecoderLayout.Of(config).ToDictionary(spec => spec.Name);
        _family = config.Family;
        _missingPrefix = file.Tensors.Keys.Any(key => key.StartsWith(Prefix, StringComparison.Ordinal)) ? "" : Prefix;
        _identity = new Lazy<string>(() => $"{folder} (sha256 {file.Sha256()})");
        CheckKeys();
    }

    /// <summary>The folder and the digest of its files; the first call reads all of them.</summary>
    public string Identity => _identity.Value;

    /// <summary>
    /// Opens a folder, or a safetensors file or index by its path, and checks the name, shape and type of every tensor.
    /// Only headers are read.
    /// </summary>
    /// <exception cref="BadInputException">
    /// The files are absent or damaged, or tensors are missing, unknown or of another shape or type; the message names
    /// all of them.
    /// </exception>
    public static HuggingFaceWeights Open(string folder, ModelConfig config)
    {
        var file = WeightFiles.Open(folder);
        try
        {
            return new HuggingFaceWeights(folder, file, config);
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

    /// <summary>A tied head is stored once, as the embedding; if the file also contains the head, it is not read.</summary>
    private string KeyOf(ParameterSpec spec)
    {
        var name = spec.TiedTo ?? spec.Name;
        return name.StartsWith(_missingPrefix, StringComparison.Ordinal) ? name[_missingPrefix.Length..] : name;
    }

    private void CheckKeys()
    {
        var expected = _specs.Values.Where(spec => spec.TiedTo is null).ToDictionary(KeyOf, spec => spec.Shape);
        var errors = new List<string>();
        var missing = expected.Keys.Where(key => !_file.Tensors.ContainsKey(key)).ToList();
        if (missing.Count > 0)
            errors.Add($"expected tensor {NameList.Of(missing)}, found no such tensor");
        var extra = _file.Tensors.Keys.Where(key => !expected.ContainsKey(key) && !_family.IsBuffer(key) && key != _family.Parts.Head);
        var unknown = extra.Order(StringComparer.Ordinal).ToList();
        if (unknown.Count > 0)
            errors.Add($"expected only the model's tensors, found also {NameList.Of(unknown)}");
        errors.AddRange(from one in expected
                        let misfit = _file.Tensors.GetValueOrDefault(one.Key)?.Misfit(one.Value)
                        where misfit is not null
                        select $"{one.Key}: {misfit}");
        if (errors.Count > 0) throw new BadInputException($"{_file.Path}: {NameList.Of(errors, "; ")}");
    }
}
