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
    private readonly Dictionary<string, ParameterSpec> _specs;
    private readonly WeightKeys _keys;
    private readonly Lazy<string> _identity;

    private HuggingFaceWeights(string folder, WeightFiles file, ModelConfig config)
    {
        _file = file;
        _specs = DecoderLayout.Of(config).ToDictionary(spec => spec.Name);
        _keys = new WeightKeys(config, file);
        _identity = new Lazy<string>(() => $"{folder} (sha256 {file.Sha256()})");
        Check(file, config);
        CheckHead(file, config);
    }

    /// <summary>The folder and the digest of its tensors; the first call reads all of them.</summary>
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
    public void Fill(string name, Tensor parameter) => _file.ReadInto(KeyOf(_keys, _specs[name]), parameter);

    /// <summary>Closes the files.</summary>
    public void Dispose() => _file.Dispose();

    /// <summary>Checks the name, shape and type of every tensor.</summary>
    /// <exception cref="BadInputException">One does not fit; the message names all of them.</exception>
    internal static void Check(WeightFiles file, ModelConfig config)
    {
        var keys = new WeightKeys(config, file);
        var expected = DecoderLayout.Of(config).Where(spec => spec.TiedTo is null).ToDictionary(spec => KeyOf(keys, spec), spec => spec.Shape);
        var errors = new List<string>();
        var missing = expected.Keys.Where(key => !file.Tensors.ContainsKey(key)).ToList();
        if (missing.Count > 0)
            errors.Add($"expected tensor {NameList.Of(missing)}, found no such tensor");
        var extra = file.Tensors.Keys.Where(
            key => !expected.ContainsKey(key) && !config.Family.IsBuffer(key) && key != keys.Of(config.Family.Parts.Head));
        var unknown = extra.Order(StringComparer.Ordinal).ToList();
        if (unknown.Count > 0)
            errors.Add($"expected only the model's tensors, found also {NameList.Of(unknown)}");
        errors.AddRange(from one in expected
                        let misfit = file.Tensors.GetValueOrDefault(one.Key)?.Misfit(one.Value)
                        where misfit is not null
                        select $"{one.Key}: {misfit}");
        if (errors.Count > 0) throw new BadInputException($"{file.Path}: {NameList.Of(errors, "; ")}");
    }

    /// <summary>A head of its own is never dropped in silence: <see cref="StoredModel"/> gives the shape that it belongs to.</summary>
    private void CheckHead(WeightFiles file, ModelConfig config)
    {
        var (embedding, head) = (_keys.Of(config.Family.Parts.TokenEmbeddingWeight), _keys.Of(config.Family.Parts.Head));
        if (config.TiedHead && file.Tensors.ContainsKey(head) && !file.HaveEqualNumbers(embedding, head))
            throw new BadInputException($"{file.Path}: {head}: expected the numbers of {embedding}, to which it is tied, found others");
    }

    /// <summary>A tied head is stored once, as the embedding; a head in the file has the same numbers.</summary>
    private static string KeyOf(WeightKeys keys, ParameterSpec spec) => keys.Of(spec.TiedTo ?? spec.Name);
}
