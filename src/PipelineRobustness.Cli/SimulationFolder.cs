using PipelineRobustness.Experiments.Results;
using PipelineRobustness.Experiments.Scenarios;
using PipelineRobustness.Experiments.Settings;
using PipelineRobustness.Models;

namespace PipelineRobustness.Cli;

/// <summary>Where <c>simulation.json</c> goes, where it is wanted. A folder that was made for it and stayed empty is removed again.</summary>
internal sealed class SimulationFolder : IDisposable
{
    private readonly string? _path;
    private readonly bool _isNew;

    /// <summary>Makes the folder where it is absent.</summary>
    /// <param name="path">The folder; null where nothing is to be written.</param>
    /// <exception cref="BadInputException">It cannot be made or written to.</exception>
    public SimulationFolder(string? path)
    {
        _isNew = path is not null && !Path.Exists(path);
        if (path is not null) ExperimentFolder.ThrowIfClosed(path);
        _path = path;
    }

    /// <summary>Writes what finished, and says so; null where there is nothing to say.</summary>
    /// <exception cref="BadInputException">The folder cannot be written to.</exception>
    public string? Write(ExperimentSettings settings, IReadOnlyList<ScenarioResult> finished)
    {
        var told = _path is null ? null : finished.Count == 0 ? "nothing was written" : $"written: {SimulationJson.Write(_path, settings, finished)}";
        if (finished.Count == settings.Runs.Count) return told;
        var count = $"{finished.Count} of {settings.Runs.Count} {(settings.Runs.Count == 1 ? "run" : "runs")} finished";
        return told is null ? count : $"{count}; {told}";
    }

    public void Dispose()
    {
        if (!_isNew || Directory.EnumerateFileSystemEntries(_path!).Any()) return;
        Directory.Delete(_path!);
    }
}
