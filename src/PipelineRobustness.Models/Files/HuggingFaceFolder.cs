using System.Text.Json;
using static TorchSharp.torch;

namespace PipelineRobustness.Models;

/// <summary>A model as Hugging Face's tools read it: <c>config.json</c> and <c>model.safetensors</c>.</summary>
public static class HuggingFaceFolder
{
    /// <summary>The shape's file in the folder.</summary>
    public const string ConfigName = "config.json";

    private static readonly JsonSerializerOptions Indented = new() { WriteIndented = true };

    /// <summary>
    /// Writes the folder, making it where it is absent; each file is replaced as a whole. A tied head is left out, as
    /// Hugging Face does.
    /// </summary>
    /// <param name="folder">Where to.</param>
    /// <param name="config">The model's shape.</param>
    /// <param name="weights">All parameters by Hugging Face's keys, float32.</param>
    /// <exception cref="IOException">The disk says no.</exception>
    /// <exception cref="ArgumentException">The weights are not this model's.</exception>
    public static void Save(string folder, ModelConfig config, IEnumerable<(string Name, Tensor Weight)> weights)
    {
        var specs = Gpt2Layout.Of(config, BlockRange.Whole(config)).Where(spec => spec.TiedTo is null).ToList();
        var given = weights.Where(weight => !config.TiedHead || weight.Name != Gpt2Layout.Head)
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
        ReplacedFile.Write(Path.Combine(folder, ConfigName), file =>
        {
            JsonSerializer.Serialize(file, config.ToJson(), Indented);
            file.WriteByte((byte)'\n');
        });
    }
}
