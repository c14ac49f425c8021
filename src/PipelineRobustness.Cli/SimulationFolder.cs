using PipelineRobustness.Experiments.Results;
using PipelineRobustness.Experiments.Scenarios;
using PipelineRobustness.Experiments.Settings;
using PipelineRobustness.Models;

namespace PipelineRobustness.Cli;

/// <summary>The folder for <c>simulation.json</c>, if one is wanted. A folder that was created for it and stayed empty is removed.</summary>
internal sealed class SimulationFolder : IDisposable
{
    private readonly string? _path;
    private readonly bool _isNew;

    /// <summary>Creates the folder if it is absent.</summary>
    /// <param name="path">The folder; null to write nothing.</param>
    /// <exception cref="BadInputException">It cannot be created or written to.</exception>
    public SimulationFolder(string? path)
    {
        _isNew = path is not null && !Path.Exists(path);
        if (path is not null) ExperimentFolder.ThrowIfClosed(path);
        _path = path;
    }

    /// <summary>Writes the finished runs; what is to be printed about that, or null.</summary>
    /// <exception cref="BadInputException">The folder cannot be written to.</exception>
    public string? Write(ExperimentSettings settings, IReadOnlyList<ScenarioResult> finished)
    {
        var line = _path is null ? null : finished.Count == 0 ? "nothing was written" : $"written: {SimulationJson.Write(_path, settings, finished)}";
        if (finished.Count == settings.Runs.Count) return line;
        var count = $"{finished.Count} of {settings.Runs.Count} {(settings.Runs.Count == 1 ? "run" : "runs")} finished";
        return line is null ? count : $"{count}; {line}";
    }

    public void Dispose()
    {
        if (!_isNew || Directory.EnumerateFileSystemEntries(_path!).Any()) return;
        Directory.Delete(_path!);
    }
}
