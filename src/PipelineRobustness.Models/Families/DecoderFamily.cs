using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using System.Reflection;
using System.Text.Json;
using System.Text.Json.Nodes;
using PipelineRobustness.Models.Decoder;
using PipelineRobustness.Models.Files;
using PipelineRobustness.Models.Shape;

namespace PipelineRobustness.Models.Families;

/// <summary>
/// Defines a family of decoders: how its <c>config.json</c> describes a shape, and the names of its parameters. The
/// decoder is the same for all families. A new family is one class in this folder, found by its <see cref="ModelType"/>
/// (docs/extending/model-family.md).
/// </summary>
internal abstract class DecoderFamily
{
    private static readonly IReadOnlyList<DecoderFamily> All = In(typeof(DecoderFamily).Assembly);

    /// <summary>All families' <see cref="ModelType"/>, sorted.</summary>
    public static IReadOnlyList<string> Names { get; } = [.. All.Select(family => family.ModelType)];

    /// <summary>Hugging Face's <c>model_type</c>.</summary>
    public abstract string ModelType { get; }

    /// <summary>The class with which Hugging Face's tools load the model.</summary>
    public abstract string Architecture { get; }

    /// <summary>The fields of <c>config.json</c> that contain dropout probabilities.</summary>
    public abstract IReadOnlyList<string> DropoutFields { get; }

    /// <summary>The names of its parameters and the orientation of its matrices.</summary>
    public abstract DecoderParts Parts { get; }

    /// <summary>GPT-2, the family of a shape that names none.</summary>
    public static DecoderFamily Gpt2 { get; } = All.Single(family => family is Gpt2);

    /// <summary>The families defined in an assembly, ordered by <see cref="ModelType"/>.</summary>
    public static IReadOnlyList<DecoderFamily> In(Assembly assembly) =>
    [
        .. assembly.GetTypes()
            .Where(type => type is { IsAbstract: false } && type.IsSubclassOf(typeof(DecoderFamily)))
            .Select(type => (DecoderFamily)Activator.CreateInstance(type)!)
            .OrderBy(family => family.ModelType, StringComparer.Ordinal),
    ];

    /// <summary>Finds a family by its <c>model_type</c>.</summary>
    public static bool TryGet(string modelType, [NotNullWhen(true)] out DecoderFamily? family)
    {
        family = All.FirstOrDefault(one => one.ModelType == modelType);
        return family is not null;
    }

    /// <summary>Reads the shape, with Hugging Face's defaults for absent fields.</summary>
    /// <exception cref="BadInputException">A field is not as expected.</exception>
    public abstract ModelConfig Read(JsonInput fields);

    /// <summary>Writes the shape's fields.</summary>
    public abstract void Write(ModelConfig config, JsonObject json);

    /// <summary>Whether a key in a weight file is a buffer that Hugging Face saves but that is not trained.</summary>
    public virtual bool IsBuffer(string key) => false;

    /// <summary>Writes fields that Hugging Face's tools need in addition to the shape, for a model that was not read from a file.</summary>
    public virtual void WriteToolFields(ModelConfig config, JsonObject json)
    {
        json["architectures"] = new JsonArray(Architecture);
        foreach (var dropout in DropoutFields)
            json[dropout] = 0.0;
    }

    /// <summary>The dropout probabilities above 0 in a <c>config.json</c>, such as <c>attn_pdrop = 0.1</c>.</summary>
    public IReadOnlyList<string> Dropouts(string original)
    {
        using var json = JsonDocument.Parse(original);
        return [.. from name in DropoutFields
                   where json.RootElement.TryGetProperty(name, out var value)
                       && value.ValueKind == JsonValueKind.Number && value.GetDouble() != 0
                   select string.Create(CultureInfo.InvariantCulture, $"{name} = {json.RootElement.GetProperty(name).GetDouble()}")];
    }

    /// <summary>Reads the number of token ids.</summary>
    protected static int VocabularySize(JsonInput fields) => fields.Integer("vocab_size", 1, 1 << 24);

    /// <summary>Reads a number of heads, which must divide the hidden width.</summary>
    protected static int Heads(JsonInput fields, string name, string hiddenName, int hidden)
    {
        var heads = fields.Integer(name, 1, 1 << 16);
        return hidden % heads == 0 ? heads : throw fields.Bad(name, $"a divisor of {hiddenName} ({hidden})", $"{heads}");
    }

    /// <summary>Writes a field under its first name, and under its other names where the original has them.</summary>
    protected static void Write(JsonObject json, int value, params ReadOnlySpan<string> names)
    {
        foreach (var name in names)
        {
            if (name == names[0] || json.ContainsKey(name))
                json[name] = value;
        }
    }

    /// <summary>Reads the name of a supported activation function.</summary>
    protected static string Activation(JsonInput fields, string name, string defaultValue)
    {
        var activation = fields.Text(name, defaultValue);
        return FeedForward.Supports(activation)
            ? activation
            : throw fields.Bad(name, $"one of {FeedForward.SupportedActivations}", $"\"{activation}\"");
    }

    /// <summary>Rejects a variant that changes the numbers and is not implemented.</summary>
    protected static void Require(JsonInput fields, string name, bool supported)
    {
        if (fields.Flag(name, supported) != supported)
            throw fields.Bad(name, supported ? "true" : "false", supported ? "false" : "true");
    }
}
