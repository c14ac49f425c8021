using System.Text.Json;
using PipelineRobustness.Models.Families;
using PipelineRobustness.Models.Shape;
using PipelineRobustness.Models.Weights;
using static TorchSharp.torch;

namespace PipelineRobustness.Models.Files;

/// <summary>
/// A model as Hugging Face's tools read it: <c>config.json</c>, <c>model.safetensors</c>, and beside them what its
/// tokenizer and text generation need.
/// </summary>
public static class HuggingFaceFolder
{
    /// <summary>The shape's file in the folder.</summary>
    public const string ConfigName = "config.json";

    private static readonly JsonSerializerOptions Indented = new() { WriteIndented = true };

    /// <summary>A tokenizer's files, which are copied as they are.</summary>
    public static IReadOnlyList<string> TokenizerNames { get; } =
    [
        "vocab.json", "merges.txt", "tokenizer.json", "tokenizer_config.json", "tokenizer.model", "special_tokens_map.json",
        "added_tokens.json",
    ];

    /// <summary>What belongs to a model beside shape, weights and tokenizer, and is copied as it is.</summary>
    public static IReadOnlyList<string> GenerationNames { get; } = ["generation_config.json"];

    /// <summary>
    /// Writes the folder, making it where it is absent; each file is replaced as a whole. A tied head is left out, as
    /// Hugging Face does.
    /// </summary>
    /// <param name="folder">Where to.</param>
    /// <param name="config">The model's shape.</param>
    /// <param name="weights">All parameters by Hugging Face's keys, float32.</param>
    /// <param name="modelFrom">The folder that the model came from, whose <see cref="GenerationNames"/> are copied.</param>
    /// <param name="tokenizerFrom">The folder of the tokenizer that it is trained with, whose <see cref="TokenizerNames"/> are copied.</param>
    /// <exception cref="IOException">The disk says no.</exception>
    /// <exception cref="BadInputException">A file to be copied cannot be read.</exception>
    /// <exception cref="ArgumentException">The weights are not this model's.</exception>
    public static void Save(
        string folder, ModelConfig config, IEnumerable<(string Name, Tensor Weight)> weights,
        string? modelFrom = null, string? tokenizerFrom = null)
    {
        var specs = DecoderLayout.Of(config).Where(spec => spec.TiedTo is null).ToList();
        var head = DecoderFamily.Of(config).Parts.Head;
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
            Path.Combine(folder, CheckpointWeights.FileName), specs.Select(spec => (spec.Name, given[spec.Name])));
        WriteConfig(folder, config);
        Copy(GenerationNames, modelFrom, folder);
        Copy(TokenizerNames, tokenizerFrom, folder);
    }

    private static void WriteConfig(string folder, ModelConfig config) =>
        ReplacedFile.Write(Path.Combine(folder, ConfigName), file =>
        {
            JsonSerializer.Serialize(file, config.ToJson(), Indented);
            file.WriteByte((byte)'\n');
        });

    private static void Copy(IEnumerable<string> names, string? source, string folder)
    {
        if (source is null || Path.GetFullPath(source) == Path.GetFullPath(folder))
            return;
        foreach (var name in names)
        {
            var original = Path.Combine(source, name);
            if (!File.Exists(original) || FileKind.IsSpecial(original))
                continue;
            using var reading = UserFile.Open(original, File.OpenRead);
            ReplacedFile.Write(Path.Combine(folder, name), reading.CopyTo);
        }
    }
}
