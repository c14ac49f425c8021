using System.Text.Json;
using PipelineRobustness.Models.Families;
using PipelineRobustness.Models.Shape;
using PipelineRobustness.Models.Weights;
using static TorchSharp.torch;

namespace PipelineRobustness.Models.Files;

/// <summary>
/// A model in the layout that Hugging Face's tools read: <c>config.json</c>, <c>model.safetensors</c>, and the files of
/// its tokenizer and of text generation.
/// </summary>
public static class HuggingFaceFolder
{
    /// <summary>The file that describes the model's shape.</summary>
    public const string ConfigName = "config.json";

    private static readonly JsonSerializerOptions Indented = new() { WriteIndented = true };

    /// <summary>Tokenizer files, copied unchanged.</summary>
    public static IReadOnlyList<string> TokenizerNames { get; } =
    [
        "vocab.json", "merges.txt", "tokenizer.json", "tokenizer_config.json", "tokenizer.model", "special_tokens_map.json",
        "added_tokens.json",
    ];

    /// <summary>Other files that belong to a model, copied unchanged.</summary>
    public static IReadOnlyList<string> GenerationNames { get; } = ["generation_config.json"];

    /// <summary>
    /// Writes the folder and creates it if necessary; each file is replaced atomically. A tied head is omitted, as
    /// Hugging Face does.
    /// </summary>
    /// <param name="folder">The destination.</param>
    /// <param name="config">The model's shape.</param>
    /// <param name="weights">All parameters by their Hugging Face keys, float32.</param>
    /// <param name="modelFrom">The folder of the original model, whose <see cref="GenerationNames"/> are copied.</param>
    /// <param name="tokenizerFrom">The folder of the tokenizer used in training, whose <see cref="TokenizerNames"/> are copied.</param>
    /// <returns>A line for each file to copy that was left out, since it cannot be copied or is not what its name says.</returns>
    /// <exception cref="IOException">The shape or the weights cannot be written.</exception>
    /// <exception cref="ArgumentException">The weights do not match the model's parameters.</exception>
    public static IReadOnlyList<string> Save(
        string folder, ModelConfig config, IEnumerable<(string Name, Tensor Weight)> weights,
        string? modelFrom = null, string? tokenizerFrom = null)
    {
        var specs = DecoderLayout.Of(config).Where(spec => spec.TiedTo is null).ToList();
        var head = config.Family.Parts.Head;
        var given = weights.Where(weight => !config.TiedHead || weight.Name != head)
            .ToDictionary(weight => weight.Name, weight => weight.Weight);
        foreach (var spec in specs)
        {
            if (!given.TryGetValue(spec.Name, out var weight) || !weight.shape.SequenceEqual(spec.Shape))
                throw new ArgumentException($"{spec.Name} is missing or has another shape", nameof(weights));
        }
        if (given.Count != specs.Count)
            throw new ArgumentException($"{given.Count} weights for a model of {specs.Count}", nameof(weights));

        Directory.CreateDirectory(folder);
        SafeTensorsWriter.Write(
            Path.Combine(folder, HuggingFaceWeights.FileName), specs.Select(spec => (spec.Name, given[spec.Name])));
        WriteConfig(folder, config);
        return [.. CopiedFiles.Copy(GenerationNames, modelFrom, folder), .. CopiedFiles.Copy(TokenizerNames, tokenizerFrom, folder)];
    }

    /// <summary>What <see cref="Save"/> would leave out, one line each. The files that are read to train have been judged before.</summary>
    /// <param name="modelFrom">As for <see cref="Save"/>.</param>
    /// <param name="tokenizerFrom">As for <see cref="Save"/>.</param>
    public static IReadOnlyList<string> LeftOut(string? modelFrom, string? tokenizerFrom) =>
        [.. CopiedFiles.LeftOut(GenerationNames, modelFrom), .. CopiedFiles.LeftOut(TokenizerNames, tokenizerFrom)];

    private static void WriteConfig(string folder, ModelConfig config) =>
        AtomicFile.Write(Path.Combine(folder, ConfigName), file =>
        {
            JsonSerializer.Serialize(file, config.ToJson(), Indented);
            file.WriteByte((byte)'\n');
        });
}
