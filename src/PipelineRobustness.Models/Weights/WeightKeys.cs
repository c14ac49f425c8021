using PipelineRobustness.Models.Families;
using PipelineRobustness.Models.Files;
using PipelineRobustness.Models.Shape;

namespace PipelineRobustness.Models.Weights;

/// <summary>
/// What a model's parameters are called in its files: keys may lack the base model's prefix (<c>transformer.</c>,
/// <c>model.</c>), and a matrix that embedding and head share may be stored as the head only.
/// </summary>
internal sealed class WeightKeys
{
    private readonly WeightFiles _files;
    private readonly DecoderParts _parts;
    private readonly string _missing;

    public WeightKeys(ModelConfig config, WeightFiles files)
    {
        (_files, _parts) = (files, config.Family.Parts);
        _missing = files.Tensors.Keys.Any(key => key.StartsWith(_parts.Prefix, StringComparison.Ordinal)) ? "" : _parts.Prefix;
        HoldsHeadOnly = config.TiedHead && Find(_parts.TokenEmbeddingWeight) is null && Find(_parts.Head) is not null;
    }

    /// <summary>Whether the matrix that embedding and head share is stored as the head only.</summary>
    public bool HoldsHeadOnly { get; }

    /// <summary>The key of a parameter.</summary>
    public string Of(string name) => HoldsHeadOnly && name == _parts.TokenEmbeddingWeight ? Key(_parts.Head) : Key(name);

    private string Key(string name) => name.StartsWith(_missing, StringComparison.Ordinal) ? name[_missing.Length..] : name;

    /// <summary>A parameter's entry, or null.</summary>
    public SafeTensorsEntry? Find(string name) => _files.Tensors.GetValueOrDefault(Of(name));
}
