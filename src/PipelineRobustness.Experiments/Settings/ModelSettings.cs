using PipelineRobustness.Models.Shape;
using PipelineRobustness.Pipeline.Running;
using PipelineRobustness.Pipeline.Settings;

namespace PipelineRobustness.Experiments.Settings;

/// <summary>Which model: a preset's name, or a Hugging Face folder, which takes precedence; and its tokenizer.</summary>
public sealed record ModelSettings
{
    /// <summary>
    /// A named size: gpt2-nano, llama-nano or gpt2-micro (bytes as tokens); gpt2-mini, opt-mini, bloom-mini or llama-mini (small, with
    /// GPT-2's 50,257 tokens); or a published one: gpt2, gpt2-medium, gpt2-large, gpt2-xl, opt-125m, opt-350m, opt-1.3b,
    /// opt-6.7b, bloom-560m, bloom-7b1, llama-1.1b, llama-7b.
    /// </summary>
    [Setting<PresetName>]
    public string Preset { get; init; } = "gpt2-nano";

    /// <summary>
    /// A Hugging Face folder (config.json and model.safetensors) to start from. If set, it takes precedence over
    /// <c>preset</c>, and the weights are read from it instead of drawn. A relative path is looked for in the current directory,
    /// then in the experiment file's. Shards with a model.safetensors.index.json, and float16 or bfloat16 on disk, are read too.
    /// </summary>
    [Setting<PathText>]
    public string? Path { get; init; }

    /// <summary>Number of layers, instead of the preset's; 0: the preset's. Must be 0 with <c>path</c>.</summary>
    [Setting(0, 100_000)]
    public int? Layers { get; init; }

    /// <summary>
    /// What stages compute with: torch (tensors) or shapes (no tensors: only virtual time passes and only sizes are sent, so
    /// that a thousand stages on ten thousand machines can be simulated). shapes is for <c>simulate</c> only, without attacks
    /// and with remedy off.
    /// </summary>
    [Setting]
    public Numerics Numerics { get; init; } = Numerics.Torch;

    /// <summary>
    /// The tokenizer: bytes, gpt2 (GPT-2's 50,257 tokens, built in), or a Hugging Face folder with tokenizer.json, or with
    /// vocab.json and merges.txt. Empty: the one in the folder of <c>path</c>; if it has none, or for a preset, the one that
    /// fits the vocabulary.
    /// </summary>
    [Setting<PathText>]
    public string? Tokenizer { get; init; }

    /// <summary>The model as the user named it.</summary>
    public string Shown => Path ?? (Layers is { } layers ? $"{Preset} with {layers} layers" : Preset);
}

/// <summary>The name of a preset.</summary>
public sealed record PresetName() : OneOf(Presets.Names);
