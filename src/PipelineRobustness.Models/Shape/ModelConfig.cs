using System.Text.Json;
using System.Text.Json.Nodes;

namespace PipelineRobustness.Models;

/// <summary>The shape of a decoder, whatever its family; from and to a Hugging Face <c>config.json</c>.</summary>
public sealed record ModelConfig
{
    private const long ConfigBytesMax = 1 << 20;

    /// <summary>The families that are supported, by Hugging Face's <c>model_type</c>.</summary>
    public static IReadOnlyList<string> Families { get; } = [Gpt2Config.Family];

    /// <summary>Hugging Face's <c>model_type</c>.</summary>
    public string Family { get; init; } = Gpt2Config.Family;

    /// <summary>Number of token ids.</summary>
    public required int VocabularySize { get; init; }

    /// <summary>Longest sequence, in tokens.</summary>
    public required int Positions { get; init; }

    /// <summary>Width of the residual stream.</summary>
    public required int Hidden { get; init; }

    /// <summary>Number of transformer layers.</summary>
    public required int Layers { get; init; }

    /// <summary>Number of attention heads; divides <see cref="Hidden"/>.</summary>
    public required int Heads { get; init; }

    /// <summary>Width of the feed-forward part; four times <see cref="Hidden"/> where it is not set.</summary>
    public int Inner { get => field > 0 ? field : checked(4 * Hidden); init; }

    /// <summary>Added to the variance in every norm.</summary>
    public double NormEpsilon { get; init; } = 1e-5;

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
    public IReadOnlyList<string> DropoutsNotApplied => Gpt2Config.Dropouts(Original);

    /// <summary>Width of one attention head.</summary>
    public int HeadWidth => Hidden / Heads;

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
            throw new BadInputException($"{path}: expected JSON, found: {e.Message}", e);
        }
    }

    /// <summary>Reads the fields of a <c>config.json</c>.</summary>
    /// <param name="json">The whole file.</param>
    /// <param name="origin">What to call it in messages, such as its path.</param>
    /// <exception cref="BadInputException">A field is not as expected, or the family is not supported.</exception>
    public static ModelConfig FromJson(JsonObject json, string origin)
    {
        var fields = new JsonFields(json, origin);
        var family = fields.Text("model_type", null);
        return family == Gpt2Config.Family
            ? Gpt2Config.Read(fields) with { Original = json.ToJsonString() }
            : throw fields.Bad("model_type", $"a supported family ({string.Join(", ", Families)})", $"\"{family}\"");
    }

    /// <summary>The <c>config.json</c>: this shape's fields over those of the original.</summary>
    public JsonObject ToJson() => Gpt2Config.Write(this, JsonNode.Parse(Original)!.AsObject());
}
