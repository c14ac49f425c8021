using PipelineRobustness.Experiments.Settings;
using PipelineRobustness.Models;
using PipelineRobustness.Models.Files;
using PipelineRobustness.Models.Shape;
using PipelineRobustness.Models.Weights;

namespace PipelineRobustness.Experiments.Runs;

/// <summary>Finds the models that runs name; each is read once.</summary>
/// <param name="experimentFolder">Where relative paths are looked for, after the current directory.</param>
public sealed class ModelSource(string experimentFolder)
{
    private readonly Dictionary<ModelSettings, (ModelConfig Config, string? Folder)> _known = [];
    private readonly Dictionary<string, string> _digests = [];

    /// <summary>The shape of a run's model, and the folder with its weights (null where they are drawn).</summary>
    /// <exception cref="BadInputException">The folder is absent, or holds no such model.</exception>
    public (ModelConfig Config, string? Folder) Of(RunSettings run)
    {
        if (!_known.TryGetValue(run.Model, out var model))
            _known[run.Model] = model = run.Model.Path is { } path ? Read(run, path) : (Preset(run), null);

        return model;
    }

    /// <summary>The SHA-256 of a folder's weights.</summary>
    /// <exception cref="BadInputException">They are no longer there.</exception>
    public string DigestOf(string folder)
    {
        if (!_digests.TryGetValue(folder, out var digest))
        {
            using var checkpoint = WeightFiles.Open(folder);
            _digests[folder] = digest = checkpoint.Sha256();
        }

        return digest;
    }

    private static ModelConfig Preset(RunSettings run) => Presets.TryGet(run.Model.Preset, out var preset)
        ? run.Model.Layers is { } layers ? preset with { Layers = layers } : preset
        : throw new BadInputException($"model.preset: expected one of {string.Join(", ", Presets.Names)}, found {run.Model.Preset}");

    private (ModelConfig Config, string? Folder) Read(RunSettings run, string path)
    {
        var folder = InputPath.Resolve(path, experimentFolder);
        if (!Directory.Exists(folder))
        {
            throw new BadInputException(
                $"{run.Effective.Find("model.path")!.Origin}: model.path: expected a folder with config.json and "
                + $"model.safetensors (or shards), found none at {OneLine.Of(path)}");
        }

        var config = ModelConfig.Read(Path.Combine(folder, "config.json"));
        using var weights = HuggingFaceWeights.Open(folder, config);
        return (config, folder);
    }
}
