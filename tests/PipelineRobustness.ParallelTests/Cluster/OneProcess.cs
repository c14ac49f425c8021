using System.Collections.Concurrent;
using PipelineRobustness.Hosting;
using PipelineRobustness.Tests.Experiments;

namespace PipelineRobustness.Tests.Cluster;

/// <summary>The weights that one process ends with: the reference of every cluster. An experiment is run once for all tests.</summary>
internal static class OneProcess
{
    private static readonly ConcurrentDictionary<string, Lazy<Task<string>>> Known = [];

    public static Task<string> WeightsAsync(string experiment, params string[] options) =>
        Known.GetOrAdd(experiment + string.Join(' ', options), _ => new(() => RunAsync(experiment, options))).Value;

    private static async Task<string> RunAsync(string experiment, string[] options)
    {
        using var files = new ExperimentFiles();
        var folder = Path.Combine(files.Folder, "out");
        using var run = NodeProcess.StartCommand(["run", files.Write(experiment), "--out", folder, "--quiet", .. options]);
        var code = await run.EndsAsync();
        Assert.True(code == ExitCode.Done, run.Said);
        return NodeProcesses.Weights(folder);
    }
}
