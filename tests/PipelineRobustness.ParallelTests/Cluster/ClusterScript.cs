using PipelineRobustness.Tests.Experiments;
using PipelineRobustness.Tests.Ground;

namespace PipelineRobustness.Tests.Cluster;

/// <summary>An experiment for run-cluster.sh in a folder of its own.</summary>
internal sealed class ClusterScript : IDisposable
{
    private const string Experiment = """
        seed = 22
        pipeline.stages = 3
        training { iterations = 150, micro-batches = 2, sequence-length = 8 }
        evaluation.windows = 8
        checkpoint.every = 10
        defence { remedy = substitute, copies = ring }
        """;

    private readonly ExperimentFiles _files = new();
    private readonly string _file;

    public ClusterScript() => _file = _files.Write(Experiment);

    public string Out => Path.Combine(_files.Folder, "out");

    public string Write(string text, string name) => _files.Write(text, name);

    public NodeProcess Start(params IEnumerable<string> options) =>
        NodeProcess.StartProgram(Path.Combine(Repository.Root, "run-cluster.sh"), [_file, "--set", "cluster.niceness=0", .. options]);

    /// <summary>The script in a line of bash, with its output folder.</summary>
    public NodeProcess StartShell(string rest) => NodeProcess.StartProgram(
        "bash", "-c", $"\"$0\" \"$1\" --out \"$2\" --set cluster.niceness=0 {rest}", Path.Combine(Repository.Root, "run-cluster.sh"), _file, Out);

    public static Task<string> WeightsOfOneProcessAsync(params string[] options) => OneProcess.WeightsAsync(Experiment, options);

    /// <summary>The command lines of living processes that name this experiment.</summary>
    public IEnumerable<string> LeftBehind() =>
        from process in Directory.EnumerateDirectories("/proc")
        where int.TryParse(Path.GetFileName(process), out _)
        let command = CommandOf(process)
        where command.Contains(_file, StringComparison.Ordinal)
        select command;

    public void Dispose() => _files.Dispose();

    private static string CommandOf(string process)
    {
        try
        {
            return File.ReadAllText(Path.Combine(process, "cmdline")).Replace('\0', ' ');
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return "";
        }
    }
}
