using System.Text.Json;
using System.Text.Json.Nodes;
using PipelineRobustness.Models.Families;
using PipelineRobustness.Models.Files;

namespace PipelineRobustness.Models.Shape;

/// <summary>How a norm measures a row.</summary>
public enum NormKind
{
    /// <summary>Mean and variance, with weight and bias (Ba, Kiros and Hinton 2016).</summary>
    Layer,

    /// <summary>The root of the mean square, with weight only (Zhang and Sennrich 2019).</summary>
    RootMeanSquare,
}

/// <summary>How a decoder knows where a token stands.</summary>
public enum PositionKind
{
    /// <summary>A learned row for each position is added to the token's.</summary>
    Learned,

    /// <summary>Scores are lowered in proportion to the distance (ALiBi; Press, Smith and Lewis 2022).</summary>
    LinearBias,

    /// <summary>Queries and keys are turned by an angle that grows with the position (Su et al. 2021).</summary>
    Rotary,
}

/// <summary>The shape of a decoder, whatever its family; from and to a Hugging Face <c>config.json</c>.</summary>
public sealed record ModelConfig
{
    /// <summary>The value of <see cref="Positions"/> where no length is too long.</summary>
    public const int AnyLength = int.MaxValue;

    internal const string Gpt2Family = "gpt2";
    private const long ConfigBytesMax = 1 << 20;
    private const int TypicalLengthMax = 2048;

    /// <summary>The families that are supported, by Hugging Face's <c>model_type</c>.</summary>
    public static IReadOnlyList<string> Families { get; } = DecoderFamily.Names;

    /// <summary>Hugging Face's <c>model_type</c>.</summary>
    public string Family { get; init; } = Gpt2Family;

    /// <summary>Number of token ids.</summary>
    public required int VocabularySize { get; init; }

    /// <summary>Longest sequence, in tokens; <see cref="AnyLength"/> where there is no limit.</summary>
    public required int Positions { get; init; }

    /// <summary>How positions are told.</summary>
    public PositionKind PositionKind { get; init; }

    /// <summary>Rows before the first position's in a learned position embedding.</summary>
    public int PositionOffset { get; init; }

    /// <summary>The base of rotary positions' wavelengths.</summary>
    public double RotaryBase { get; init; } = 10_000;

    /// <summary>Width of the residual stream.</summary>
    public required int Hidden { get; init; }

    /// <summary>Number of transformer layers.</summary>
    public required int Layers { get; init; }

    /// <summary>Width of the token embedding; that of <see cref="Hidden"/> where it is not set.</summary>
    public int EmbeddingWidth { get => field > 0 ? field : Hidden; init; }

    /// <summary>Number of attention heads.</summary>
    public required int Heads { get; init; }

    /// <summary>Number of heads of keys and values, a divisor of <see cref="Heads"/>; as many as those where it is not set.</summary>
    public int KeyValueHeads { get => field > 0 ? field : Heads; init; }

    /// <summary>Width of one attention head; <see cref="Hidden"/> over <see cref="Heads"/> where it is not set.</summary>
    public int HeadWidth { get => field > 0 ? field : Hidden / Heads; init; }

    /// <summary>Width of the feed-forward part; four times <see cref="Hidden"/> where it is not set.</summary>
    public int Inner { get => field > 0 ? field : checked(4 * Hidden); init; }

    /// <summary>Whether the feed-forward part has a gate: narrow(activation(gate(x)) times widen(x)).</summary>
    public bool Gated { get; init; }

    /// <summary>How norms measure.</summary>
    public NormKind Norm { get; init; }

    /// <summary>Added to the variance, or the mean square, in every norm.</summary>
    public double NormEpsilon { get; init; } = 1e-5;

    /// <summary>Whether a layer's norms stand before attention and feed-forward part, or after the sums.</summary>
    public bool NormFirst { get; init; } = true;

    /// <summary>Whether the embeddings are normed.</summary>
    public bool NormedEmbedding { get; init; }

    /// <summary>Whether there is a norm before the head.</summary>
    public bool FinalNorm { get; init; } = true;

    /// <summary>Whether what is added to a branch's result is the norm's result, not the norm's input.</summary>
    public bool ResidualFromNorm { get; init; }

    /// <summary>Whether attention's four maps have biases.</summary>
    public bool AttentionBias { get; init; } = true;

    /// <summary>Whether the feed-forward part's maps have biases.</summary>
    public bool FeedForwardBias { get; init; } = true;

    /// <summary>Standard deviation of the initial weights.</summary>
    public double InitializerRange { get; init; } = 0.02;

    /// <summary>Whether the head's matrix is the token embedding's.</summary>
    public bool TiedHead { get; init; } = true;

    /// <summary>The feed-forward part's activation, by Hugging Face's name.</summary>
    public string Activation { get; init; } = "gelu_new";

    /// <summary>Whether attention scores are divided by the square root of the head's width.</summary>
    public bool ScaledAttention { get; init; } = true;

    /// <summary>Whether attention scores are also divided by the layer's number, counted from 1.</summary>
    public bool AttentionScaledByLayer { get; init; }

    /// <summary>The <c>config.json</c> this came from, whose unknown fields are kept when saving.</summary>
    internal string Original { get; init; } = "{}";

    /// <summary>
    /// Dropout probabilities above 0 that the original asks for, such as <c>attn_pdrop = 0.1</c>. They are kept when
    /// saving and not applied.
    /// </summary>
    public IReadOnlyList<string> DropoutsNotApplied => DecoderFamily.Of(this).Dropouts(Original);

    /// <summary>Whether maps lead from the embedding's width to the hidden one and back.</summary>
    public bool ProjectsEmbedding => EmbeddingWidth != Hidden;

    /// <summary>The length of sequence that costs are counted at.</summary>
    internal int TypicalLength => Math.Min(Positions, TypicalLengthMax);

    /// <summary>Reads a <c>config.json</c>.</summary>
    /// <exception cref="BadInputException">Absent, unreadable, not JSON, or a field is not as expected.</exception>
    public static ModelConfig Read(string path)
    {
        var text = UserFile.ReadText(path, ConfigBytesMax);
        try
        {
            var options = new JsonDocumentOptions { AllowDuplicateProperties = false };
            return JsonNode.Parse(text, documentOptions: options) is JsonObject json
                ? FromJson(json, path)
                : throw new BadInputException($"{path}: expected a JSON object, found something else");
        }
        catch (JsonException e)
        {
            throw new BadInputException($"{path}: expected JSON, found: {JsonErrors.Of(e)}", e);
        }
    }

    /// <summary>Reads the fields of a <c>config.json</c>.</summary>
    /// <param name="json">The whole file.</param>
    /// <param name="origin">What to call it in messages, such as its path.</param>
    /// <exception cref="BadInputException">A field is not as expected, or the family is not supported.</exception>
    public static ModelConfig FromJson(JsonObject json, string origin)
    {
        var fields = new JsonFields(json, origin);
        var modelType = fields.Text("model_type", null);
        return DecoderFamily.TryGet(modelType, out var family)
            ? family.Read(fields) with { Original = json.ToJsonString() }
            : throw fields.Bad("model_type", $"a supported family ({string.Join(", ", Families)})", $"\"{modelType}\"");
    }

    /// <summary>The <c>config.json</c>: this shape's fields over those of the original. Weights are written as float32.</summary>
    public JsonObject ToJson()
    {
        var family = DecoderFamily.Of(this);
        var json = JsonNode.Parse(Original)!.AsObject();
        if (json.Count == 0)
            family.WriteWhatOnlyToolsAskFor(this, json);
        json["model_type"] = Family;
        if (json.ContainsKey("dtype"))   // as newer tools have it
            json["dtype"] = "float32";
        if (json.ContainsKey("torch_dtype") || !json.ContainsKey("dtype"))
            json["torch_dtype"] = "float32";
        family.Write(this, json);
        return json;
    }

    /// <summary>Whether two models' weights can stand for each other: all agrees but how they are drawn.</summary>
    public bool HasShapeOf(ModelConfig other) => Family == other.Family && JsonNode.DeepEquals(Bare(this), Bare(other));

    private static JsonObject Bare(ModelConfig config) => (config with { Original = "{}", InitializerRange = 0 }).ToJson();
}
