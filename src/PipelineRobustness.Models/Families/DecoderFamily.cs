using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;
using PipelineRobustness.Models.Decoder;
using PipelineRobustness.Models.Files;
using PipelineRobustness.Models.Shape;

namespace PipelineRobustness.Models.Families;

/// <summary>
/// What sets one family of decoders apart: how its <c>config.json</c> says a shape, and what its parameters are called.
/// The decoder itself is one for all. A new family is one class in this folder; it is found by its <see cref="ModelType"/>.
/// </summary>
internal abstract class DecoderFamily
{
    private static readonly IReadOnlyList<DecoderFamily> All =
    [
        .. typeof(DecoderFamily).Assembly.GetTypes()
            .Where(type => type is { IsAbstract: false } && type.IsSubclassOf(typeof(DecoderFamily)))
            .Select(type => (DecoderFamily)Activator.CreateInstance(type)!)
            .OrderBy(family => family.ModelType, StringComparer.Ordinal),
    ];

    /// <summary>All families' <see cref="ModelType"/>, sorted.</summary>
    public static IReadOnlyList<string> Names { get; } = [.. All.Select(family => family.ModelType)];

    /// <summary>Hugging Face's <c>model_type</c>.</summary>
    public abstract string ModelType { get; }

    /// <summary>The class that Hugging Face's tools load it with.</summary>
    public abstract string Architecture { get; }

    /// <summary>Fields of <c>config.json</c> that hold dropout probabilities.</summary>
    public abstract IReadOnlyList<string> DropoutFields { get; }

    /// <summary>What its parameters are called and how its matrices lie.</summary>
    public abstract DecoderParts Parts { get; }

    /// <summary>The family of that name.</summary>
    public static bool TryGet(string modelType, [NotNullWhen(true)] out DecoderFamily? family)
    {
        family = All.FirstOrDefault(one => one.ModelType == modelType);
        return family is not null;
    }

    /// <summary>The family of a shape.</summary>
    public static DecoderFamily Of(ModelConfig config) => All.Single(family => family.ModelType == config.Family);

    /// <summary>The shape that the fields say, with Hugging Face's defaults where one is absent.</summary>
    /// <exception cref="BadInputException">A field is not as expected.</exception>
    public abstract ModelConfig Read(JsonFields fields);

    /// <summary>Writes the shape's fields.</summary>
    public abstract void Write(ModelConfig config, JsonObject json);

    /// <summary>Whether a checkpoint's key is a buffer that Hugging Face saves and nobody trains.</summary>
    public virtual bool IsBuffer(string key) => false;

    /// <summary>What Hugging Face's tools ask for beside the shape, for a model that came from no file.</summary>
    public virtual void WriteToolFields(ModelConfig config, JsonObject json)
    {
        json["architectures"] = new JsonArray(Architecture);
        foreach (var dropout in DropoutFields)
            json[dropout] = 0.0;
    }

    /// <summary>Dropouts above 0 that a <c>config.json</c> asks for, such as <c>attn_pdrop = 0.1</c>.</summary>
    public IReadOnlyList<string> Dropouts(string original)
    {
        using var json = JsonDocument.Parse(original);
        return [.. from name in DropoutFields
                   where json.RootElement.TryGetProperty(name, out var value)
                       && value.ValueKind == JsonValueKind.Number && value.GetDouble() != 0
                   select string.Create(CultureInfo.InvariantCulture, $"{name} = {json.RootElement.GetProperty(name).GetDouble()}")];
    }

    /// <summary>The number of token ids.</summary>
    protected static int Vocabulary(JsonFields fields) => fields.Integer("vocab_size", 1, 1 << 24);

    /// <summary>A number of heads that divides the hidden width.</summary>
    protected static int Heads(JsonFields fields, string name, string hiddenName, int hidden)
    {
        var heads = fields.Integer(name, 1, 1 << 16);
        return hidden % heads == 0 ? heads : throw fields.Bad(name, $"a divisor of {hiddenName} ({hidden})", $"{heads}");
    }

    /// <summary>An activation function that is known.</summary>
    protected static string Activation(JsonFields fields, string name, string otherwise)
    {
        var activation = fields.Text(name, otherwise);
        return FeedForward.Knows(activation)
            ? activation
            : throw fields.Bad(name, $"one of {FeedForward.KnownActivations}", $"\"{activation}\"");
    }

    /// <summary>Refuses a variant that changes the numbers and is not computed here.</summary>
    protected static void Only(JsonFields fields, string name, bool supported)
    {
        if (fields.Flag(name, supported) != supported)
            throw fields.Bad(name, supported ? "true" : "false", supported ? "false" : "true");
    }
}
