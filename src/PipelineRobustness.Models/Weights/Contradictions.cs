using System.Text.Json;
using PipelineRobustness.Models.Families;
using PipelineRobustness.Models.Files;
using PipelineRobustness.Models.Shape;

namespace PipelineRobustness.Models.Weights;

/// <summary>
/// What a model's weights and its <c>config.json</c> say differently. Each method takes a shape and gives the one that the
/// weights have; a difference in anything else is left to <see cref="HuggingFaceWeights"/> to refuse.
/// </summary>
internal sealed class Contradictions(ModelConfig declared, WeightFiles files, WeightKeys keys)
{
    private const int RowsMax = 1 << 24;

    private readonly DecoderParts _parts = declared.Family.Parts;
    private readonly List<string> _notes = [];

    /// <summary>A line for each difference found.</summary>
    public IReadOnlyList<string> Notes => _notes;

    /// <summary>The number of token ids is that of the embedding's rows.</summary>
    public ModelConfig Vocabulary(ModelConfig config)
    {
        if (Rows(_parts.TokenEmbeddingWeight, config.EmbeddingWidth) is not { } rows || rows == config.VocabularySize) return config;
        Note($"a vocabulary of {config.VocabularySize}", $"{rows} rows of {keys.Of(_parts.TokenEmbeddingWeight)}", $"{rows} are used");
        return config with { VocabularySize = rows };
    }

    /// <summary>The number of learned positions is that of the matrix's rows.</summary>
    public ModelConfig Positions(ModelConfig config)
    {
        var name = $"{_parts.PositionEmbedding}.weight";
        if (config.PositionKind != PositionKind.Learned || Rows(name, config.Hidden) - config.PositionOffset is not { } positions
            || positions == config.Positions || positions < 1)
        {
            return config;
        }
        Note($"{config.Positions} positions", $"{positions} in {keys.Of(name)}", $"{positions} are used");
        return config with { Positions = positions };
    }

    /// <summary>Biases that the config denies are used if no layer lacks one.</summary>
    public ModelConfig Biases(ModelConfig config)
    {
        (bool Attention, bool FeedForward)[] more = [(true, true), (true, false), (false, true)];
        foreach (var (attention, feedForward) in more)
        {
            var candidate = config with
            {
                AttentionBias = config.AttentionBias || attention,
                FeedForwardBias = config.FeedForwardBias || feedForward,
            };
            if (candidate == config || !IsExpressible(candidate)) continue;
            var known = DecoderLayout.Of(config).Select(spec => spec.Name).ToHashSet();
            var added = DecoderLayout.Of(candidate).Where(spec => !known.Contains(spec.Name)).ToList();
            if (!added.TrueForAll(spec => keys.Find(spec.Name) is not null)) continue;
            Note("no such biases", $"{keys.Of(added[0].Name)} and {added.Count - 1} more", "they are used");
            return candidate;
        }
        return config;
    }

    /// <summary>A head of its own that a tied config denies is used if its numbers are not the embedding's.</summary>
    public ModelConfig Head(ModelConfig config)
    {
        if (!config.TiedHead || keys.Find(_parts.Head) is null) return config;
        if (keys.HoldsHeadOnly)
        {
            Note($"that the head is tied to {_parts.TokenEmbeddingWeight}", $"only {keys.Of(_parts.Head)}", "it is used as both");
            return config;
        }
        var embedding = keys.Of(_parts.TokenEmbeddingWeight);
        if (!files.Tensors.ContainsKey(embedding) || files.HaveEqualNumbers(embedding, keys.Of(_parts.Head))) return config;
        Note($"that the head is tied to {embedding}", $"one of its own ({keys.Of(_parts.Head)})", "it is used and trained");
        return config with { TiedHead = false };
    }

    /// <summary>Weights are trained in float32 whatever their type; another one than the config's is worth a note.</summary>
    public void Types()
    {
        if (DeclaredType() is not { } type) return;
        var held = DecoderLayout.Of(declared).Select(spec => keys.Find(spec.Name)?.Type).OfType<string>().Distinct().ToList();
        if (held.Count > 0 && held.Exists(one => one != type))
            Note($"weights of type {type}", string.Join(" and ", held), "the weights are read as they are and trained in float32");
    }

    /// <summary>Whether the family's config.json can say so.</summary>
    private static bool IsExpressible(ModelConfig config)
    {
        var read = config.Family.Read(JsonInput.Parse(config.ToJson().ToJsonString(), HuggingFaceFolder.ConfigName));
        return (read.AttentionBias, read.FeedForwardBias) == (config.AttentionBias, config.FeedForwardBias);
    }

    /// <summary>By safetensors' name, or as it is if weights cannot have it; null if none is declared.</summary>
    private string? DeclaredType()
    {
        var fields = JsonInput.Parse(declared.Original, HuggingFaceFolder.ConfigName);
        var type = fields.Field("dtype") ?? fields.Field("torch_dtype");
        return type is { Value.ValueKind: JsonValueKind.String } name ? name.Text() switch
        {
            "float32" or "torch.float32" => "F32",
            "float16" or "torch.float16" => "F16",
            "bfloat16" or "torch.bfloat16" => "BF16",
            "auto" => null,
            var other => other,
        } : null;
    }

    private int? Rows(string name, int width) =>
        keys.Find(name)?.Shape is [> 0 and <= RowsMax and var rows, var columns] && columns == width ? (int)rows : null;

    private void Note(string said, string held, string used) =>
        _notes.Add($"{HuggingFaceFolder.ConfigName} says {said}, {Path.GetFileName(files.Path)} holds {held}: {used}");
}
