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
    /// <exception cref="IOException">A file cannot be written.</exception>
    /// <exception cref="BadInputException">A file to copy cannot be read.</exception>
    /// <exception cref="ArgumentException">The weights do not match the model's parameters.</exception>
    public static void Save(
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
        Copy(GenerationNames, modelFrom, folder);
        Copy(TokenizerNames, tokenizerFrom, folder);
    }

    private static void WriteConfig(string folder, ModelConfig config) =>
        AtomicFile.Write(Path.Combine(folder, ConfigName), file =>
        {
            JsonSerializer.Serialize(file, config.ToJson(), Indented);
            file.WriteByte((byte)'\n');
        });

    private static void Copy(IEnumerable<string> names, string? source, string folder)
    {
        if (source is null || Path.GetFullPath(source) == Path.GetFullPath(folder)) return;
        foreach (var name in names)
        {
            var original = Path.Combine(source, name);
            if (!File.Exists(original) || FileKind.IsSpecial(original)) continue;
            using var reading = UserFile.Open(original, File.OpenRead);
            AtomicFile.Write(Path.Combine(folder, name), reading.CopyTo);
        }
    }
}
