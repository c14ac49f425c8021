using System.Text.Json.Nodes;
using PipelineRobustness.Models.Families;
using PipelineRobustness.Models.Files;
using PipelineRobustness.Models.Shape;

namespace PipelineRobustness.Tests.Extending;

/// <summary>Mistral (Jiang et al. 2023), for sequences shorter than its sliding window: LLaMA under another name.</summary>
internal sealed class Mistral : DecoderFamily
{
    private readonly Llama _llama = new();

    /// <summary>The <c>model_type</c> in <c>config.json</c>.</summary>
    public override string ModelType => "mistral";

    /// <summary>The class with which Hugging Face loads the model.</summary>
    public override string Architecture => "MistralForCausalLM";

    /// <inheritdoc/>
    public override IReadOnlyList<string> DropoutFields { get; } = ["attention_dropout"];

    /// <summary>The names of the parameters in <c>model.safetensors</c>.</summary>
    public override DecoderParts Parts => _llama.Parts;

    /// <summary>From the fields of <c>config.json</c> to a shape.</summary>
    public override ModelConfig Read(JsonInput fields) => _llama.Read(fields) with { Family = this };

    /// <summary>From a shape to the fields of <c>config.json</c>.</summary>
    public override void Write(ModelConfig config, JsonObject json) => _llama.Write(config, json);
}
