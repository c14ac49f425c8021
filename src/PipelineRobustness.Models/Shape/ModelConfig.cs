using System.Text.Json;
using System.Text.Json.Nodes;
using PipelineRobustness.Models.Families;
using PipelineRobustness.Models.Files;

namespace PipelineRobustness.Models.Shape;

/// <summary>How a norm normalizes a row.</summary>
public enum NormKind
{
    /// <summary>By mean and variance, with weight and bias (Ba, Kiros and Hinton 2016).</summary>
    Layer,

    /// <summary>By the root mean square, with weight only (Zhang and Sennrich 2019).</summary>
    RootMeanSquare,
}

/// <summary>How a decoder encodes a token's position.</summary>
public enum PositionKind
{
    /// <summary>A learned row per position is added to the token's embedding.</summary>
    Learned,

    /// <summary>Attention scores are lowered in proportion to the distance (ALiBi; Press, Smith and Lewis 2022).</summary>
    LinearBias,

    /// <summary>Queries and keys are rotated by an angle that grows with the position (Su et al. 2021).</summary>
    Rotary,
}

/// <summary>The shape of a decoder of any family; read from and written to a Hugging Face <c>config.json</c>.</summary>
public sealed record ModelConfig
{
    /// <summary>The value of <see cref="Positions"/> if sequences may have any length.</summary>
    public const int AnyLength = int.MaxValue;

    private const long ConfigBytesMax = 1 << 20;
    private const int TypicalLengthMax = 2048;

    // Fields that change the numbers of any family in Hugging Face's tools.
    private static readonly string[] UnsupportedVariants = ["quantization_config", "compression_config", "pruned_heads", "per_layer_config"];

    /// <summary>The supported families, by Hugging Face's <c>model_type</c>.</summary>
    public static IReadOnlyList<string> Families { get; } = DecoderFamily.Names;

    /// <summary>Hugging Face's <c>model_type</c>.</summary>
    public string ModelType => Family.ModelType;

    /// <summary>Number of token ids.</summary>
    public required int VocabularySize { get; init; }

    /// <summary>The positions, in tokens, that <c>config.json</c> names; <see cref="AnyLength"/> if there is no limit.</summary>
    public required int Positions { get; init; }

    /// <summary>The longest sequence, in tokens: the positions, or more if a scaling of rotary positions extends them.</summary>
    public int LongestSequence => RotaryScaling?.LongestSequence(Positions) ?? Positions;

    /// <summary>How positions are encoded.</summary>
    public PositionKind PositionKind { get; init; }

    /// <summary>Unused rows at the start of a learned position embedding.</summary>
    public int PositionOffset { get; init; }

    /// <summary>The base of the wavelengths of rotary positions.</summary>
    public double RotaryBase { get; init; } = 10_000;

    /// <summary>How the frequencies of rotary positions are scaled; null if they are not.</summary>
    public RotaryScaling? RotaryScaling { get; init; }

    /// <summary>Width of the residual stream.</summary>
    public required int Hidden { get; init; }

    /// <summary>Number of transformer layers.</summary>
    public required int Layers { get; init; }

    /// <summary>Width of the token embedding; equal to <see cref="Hidden"/> if not set.</summary>
    public int EmbeddingWidth { get => field > 0 ? field : Hidden; init; }

    /// <summary>Number of attention heads.</summary>
    public required int Heads { get; init; }

    /// <summary>Number of key and value heads, a divisor of <see cref="Heads"/>; equal to it if not set.</summary>
    public int KeyValueHeads { get => field > 0 ? field : Heads; init; }

    /// <summary>Width of one attention head; <see cref="Hidden"/> / <see cref="Heads"/> if not set.</summary>
    public int HeadWidth { get => field > 0 ? field : Hidden / Heads; init; }

    /// <summary>Width of the feed-forward network; four times <see cref="Hidden"/> if not set.</summary>
    public int Inner { get => field > 0 ? field : checked(4 * Hidden); init; }

    /// <summary>Whether the feed-forward network has a gate: narrow(activation(gate(x)) * widen(x)).</summary>
    public bool Gated { get; init; }

    /// <summary>How norms normalize.</summary>
    public NormKind Norm { get; init; }

    /// <summary>Added to the variance, or the mean square, in every norm.</summary>
    public double NormEpsilon { get; init; } = 1e-5;

    /// <summary>Whether a layer's norms come before attention and feed-forward network, or after the residual sums.</summary>
    public bool NormFirst { get; init; } = true;

    /// <summary>Whether the embeddings are normalized.</summary>
    public bool NormedEmbedding { get; init; }

    /// <summary>Whether there is a norm before the head.</summary>
    public bool FinalNorm { get; init; } = true;

    /// <summary>Whether the residual added to a branch is the norm's output instead of its input.</summary>
    public bool ResidualFromNorm { get; init; }

    /// <summary>Whether the four linear maps of attention have biases.</summary>
    public bool AttentionBias { get; init; } = true;

    /// <summary>Whether the linear maps of the feed-forward network have biases.</summary>
    public bool FeedForwardBias { get; init; } = true;

    /// <summary>Standard deviation of the initial weights.</summary>
    public double InitializerRange { get; init; } = 0.02;

    /// <summary>Whether the head shares the token embedding's matrix.</summary>
    public bool TiedHead { get; init; } = true;

    /// <summary>The activation of the feed-forward network, by Hugging Face's name.</summary>
    public string Activation { get; init; } = "gelu_new";

    /// <summary>Whether attention scores are divided by the square root of the head's width.</summary>
    public bool ScaledAttention { get; init; } = true;

    /// <summary>Whether attention scores are also divided by the layer's number, counted from 1.</summary>
    public bool AttentionScaledByLayer { get; init; }

    /// <summary>The family, which names the parameters and converts from and to <c>config.json</c>.</summary>
    internal DecoderFamily Family { get; init; } = DecoderFamily.Gpt2;

    /// <summary>The original <c>config.json</c>, whose unknown fields are kept when saving.</summary>
    internal string Original { get; init; } = "{}";

    /// <summary>
    /// Dropout probabilities above 0 in the original, such as <c>attn_pdrop = 0.1</c>. They are kept when saving, but
    /// not applied.
    /// </summary>
    public IReadOnlyList<string> DropoutsNotApplied => Family.Dropouts(Original);

    /// <summary>Whether linear maps project from the embedding's width to the hidden width and back.</summary>
    public bool ProjectsEmbedding => EmbeddingWidth != Hidden;

    /// <summary>The sequence length at which costs are counted.</summary>
    internal int TypicalLength => Math.Min(LongestSequence, TypicalLengthMax);

    /// <summary>Reads a <c>config.json</c>.</summary>
    /// <exception cref="BadInputException">The file is absent, unreadable or not JSON, or a field is not as expected.</exception>
    public static ModelConfig Read(string path) => Read(path, out _);

    /// <inheritdoc cref="Read(string)"/>
    /// <param name="path">The file.</param>
    /// <param name="leftOut">A line for each field that is not read and cannot be saved again: half a surrogate pair, NaN, infinities.</param>
    internal static ModelConfig Read(string path, out IReadOnlyList<string> leftOut)
    {
        var input = JsonInput.Parse(UserFile.ReadText(path, ConfigBytesMax), path);
        return From(input, input.Object(out leftOut));
    }

    /// <summary>Reads the fields of a <c>config.json</c>.</summary>
    /// <param name="json">The whole object.</param>
    /// <param name="origin">Its name in messages, such as its path.</param>
    /// <exception cref="BadInputException">A field is not as expected, or the family is not supported.</exception>
    public static ModelConfig FromJson(JsonObject json, string origin) =>
        From(new JsonInput(JsonSerializer.SerializeToElement(json), origin), json);

    /// <summary>The <c>config.json</c>: the original's fields, overwritten by this shape's. The weights are declared as float32.</summary>
    public JsonObject ToJson()
    {
        var json = JsonNode.Parse(Original)!.AsObject();
        if (json.Count == 0)
            Family.WriteToolFields(this, json);
        json["model_type"] = ModelType;
        if (json.ContainsKey("dtype"))   // the name in newer tools
            json["dtype"] = "float32";
        if (json.ContainsKey("torch_dtype") || !json.ContainsKey("dtype"))
            json["torch_dtype"] = "float32";
        Family.Write(this, json);
        return json;
    }

    /// <summary>Whether two models can exchange weights: everything matches except the initialization.</summary>
    public bool HasShapeOf(ModelConfig other) => JsonNode.DeepEquals(Structure(this), Structure(other));

    private static JsonObject Structure(ModelConfig config) => (config with { Original = "{}", InitializerRange = 0 }).ToJson();

    private static void CheckTypes(JsonInput fields)
    {
        if (DeclaredType(fields, "dtype") is { } type && DeclaredType(fields, "torch_dtype") is { } older && type != older)
            throw fields.Bad("torch_dtype", $"\"{type}\", as dtype says", $"\"{older}\"");
    }

    private static string? DeclaredType(JsonInput fields, string name) =>
        fields.Field(name) is { Value.ValueKind: JsonValueKind.String } type ? type.Text().Replace("torch.", "", StringComparison.Ordinal) : null;

    private static ModelConfig From(JsonInput fields, JsonObject original)
    {
        var modelType = fields.Text("model_type", null);
        if (!DecoderFamily.TryGet(modelType, out var family))
            throw fields.Bad("model_type", $"a supported family ({string.Join(", ", Families)})", $"\"{modelType}\"");
        foreach (var variant in UnsupportedVariants)
            fields.MustBeUnset(variant);
        CheckTypes(fields);
        if (!fields.Flag("is_causal", true)) throw fields.Bad("is_causal", "true", "false");   // attention to later tokens
        return family.Read(fields) with { Original = original.ToJsonString() };
    }
}
