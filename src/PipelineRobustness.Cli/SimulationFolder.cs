using PipelineRobustness.Experiments.Results;
using PipelineRobustness.Experiments.Scenarios;
using PipelineRobustness.Experiments.Settings;
using PipelineRobustness.Models;

namespace PipelineRobustness.Cli;

/// <summary>
/// The folder for <c>simulation.json</c>, if one is wanted, held until it is written. A folder that was created for it and stayed empty
/// is removed.
/// </summary>
internal sealed class SimulationFolder : IDisposable
{
    private readonly ExperimentFolder? _folder;
    private readonly bool _isNew;

    /// <summary>Creates the folder if it is absent.</summary>
    /// <param name="path">The folder; null to write nothing.</param>
    /// <exception cref="BadInputException">It cannot be created or written to, or another process works in it.</exception>
    public SimulationFolder(string? path)
    {
        if (path is null) return;
        _isNew = !Path.Exists(path);
        ExperimentFolder.ThrowIfClosed(path);
        _folder = ExperimentFolder.Hold(path);
    }

    /// <summary>Writes the finished runs; what is to be printed about that, or null.</summary>
    /// <exception cref="NotSavedException">The folder cannot be written to.</exception>
    public string? Write(ExperimentSettings settings, IReadOnlyList<ScenarioResult> finished)
    {
        _folder?.ThrowIfLost();
        var line = _folder is null ? null
            : finished.Count == 0 ? "nothing was written" : $"written: {SimulationJson.Write(_folder.Root, settings, finished)}";
        if (finished.Count == settings.Runs.Count) return line;
        var count = $"{finished.Count} of {settings.Runs.Count} {(settings.Runs.Count == 1 ? "run" : "runs")} finished";
        return line is null ? count : $"{count}; {line}";
    }

    public void Dispose()
    {
        if (_folder is null) return;
        if (_isNew && _folder is { IsLost: false, IsEmpty: true }) Directory.Delete(_folder.Root, recursive: true);
        _folder.Dispose();
    }
}
