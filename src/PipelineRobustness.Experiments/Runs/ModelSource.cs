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
    private readonly Dictionary<ModelSettings, (StoredModel Model, string? Folder)> _known = [];
    private readonly Dictionary<string, string> _digests = [];
    private readonly Dictionary<string, IReadOnlyList<string>> _notFinite = [];

    /// <summary>
    /// The shape of a run's model with what its weights contradict, and the folder with its weights (null where they are drawn).
    /// </summary>
    /// <exception cref="BadInputException">The folder is absent, or holds no such model.</exception>
    public (StoredModel Model, string? Folder) Of(RunSettings run)
    {
        if (!_known.TryGetValue(run.Model, out var model))
            _known[run.Model] = model = run.Model.Path is { } path ? Read(run, path) : (new StoredModel(Preset(run), []), null);

        return model;
    }

    /// <summary>A line for each file in a folder whose weights are not all finite.</summary>
    /// <exception cref="BadInputException">They are no longer there.</exception>
    public IReadOnlyList<string> NotFinite(string folder, ModelConfig config)
    {
        if (!_notFinite.TryGetValue(folder, out var notes))
            _notFinite[folder] = notes = StoredModel.NotFinite(folder, config);

        return notes;
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

    private (StoredModel Model, string? Folder) Read(RunSettings run, string path)
    {
        var folder = InputPath.Resolve(path, experimentFolder);
        if (!Directory.Exists(folder))
        {
            throw new BadInputException(
                $"{run.Effective.Find("model.path")!.Origin}: model.path: expected a folder with config.json and "
                + $"model.safetensors (or shards), found none at {OneLine.Of(path)}");
        }

        return (StoredModel.Read(folder), folder);
    }
}
