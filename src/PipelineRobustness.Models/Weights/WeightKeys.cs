using PipelineRobustness.Models.Families;
using PipelineRobustness.Models.Files;

namespace PipelineRobustness.Models.Weights;

/// <summary>What a model's parameters are called in its files: keys may lack the base model's prefix (<c>transformer.</c>, <c>model.</c>).</summary>
internal sealed class WeightKeys(DecoderParts parts, WeightFiles files)
{
    private readonly string _missing =
        files.Tensors.Keys.Any(key => key.StartsWith(parts.Prefix, StringComparison.Ordinal)) ? "" : parts.Prefix;

    /// <summary>The key of a parameter.</summary>
    public string Of(string name) => name.StartsWith(_missing, StringComparison.Ordinal) ? name[_missing.Length..] : name;

    /// <summary>A parameter's entry, or null.</summary>
    public SafeTensorsEntry? Find(string name) => files.Tensors.GetValueOrDefault(Of(name));
}
