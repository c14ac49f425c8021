using PipelineRobustness.Experiments.Runs;
using PipelineRobustness.Experiments.Settings;
using PipelineRobustness.Models;

namespace PipelineRobustness.Tests.Experiments;

/// <summary>Experiment files in a folder of their own, gone with the test.</summary>
public sealed class ExperimentFiles : IDisposable
{
    public string Folder { get; } = Directory.CreateTempSubdirectory("experiments").FullName;

    public string Write(string text, string name = "a.conf")
    {
        var path = Path.Combine(Folder, name);
        Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        File.WriteAllText(path, text);
        return path;
    }

    public ExperimentSettings Read(string text, params string[] sets) => ExperimentSettings.Read(Write(text), sets, null);

    public string Refused(string text, params string[] sets) =>
        Assert.Throws<BadInputException>(() => PreparedExperiment.Prepare(Read(text, sets))).Message;

    public void Dispose() => Directory.Delete(Folder, recursive: true);
}
