using System.Collections.Concurrent;
using System.Text.Json.Nodes;
using PipelineRobustness.Hosting;
using PipelineRobustness.Tests.Experiments;
using PipelineRobustness.Tests.Ground;

namespace PipelineRobustness.Tests.Cluster;

/// <summary>Five real processes under a referee, of which one lies: it ends, another takes its stage, and all numbers are those of one process.</summary>
[Collection(Clusters.OfFailingNodes)]
public sealed class RefereedClusterSpecs
{
    private const string Experiment = """
        seed = 21
        pipeline.stages = 4
        training { iterations = 3, micro-batches = 2, sequence-length = 16 }
        evaluation.windows = 8
        defence.remedy = referee
        """;

    private const string OneLiar = "attack.liars = { kind = false-claim, stage = 2, from = 1 }";

    // One process ends with the same, once for all tests of an experiment.
    private static readonly ConcurrentDictionary<string, Lazy<Task<string>>> Alone = [];

    // All but what names nodes or tells the time.
    private static readonly string[] Counts =
        ["weightsSha256", "attacks", "detected", "averted", "missed", "falseConvictions", "hearings", "relayed", "attempts"];

    /// <summary>The second liar's node leads, and hands that over. Exhibits and a relayed link go by lane.</summary>
    [Fact]
    public async Task Processes_that_lie_are_quarantined_and_also_that_of_the_server() => Assert.Equal(
        ["node-3", "node-1"],
        await EndsAsOneProcessAsync(
            "attack.liars = [{ kind = equivocate, stage = 2, from = 1, until = 2 }, { kind = frame, stage = 0, from = 2 }]", killed: null));

    /// <summary>Node n+1 has stage n, the fifth is a spare.</summary>
    [Fact]
    public async Task A_server_that_dies_in_a_hearing_changes_no_ruling() =>
        Assert.Equal(["node-3"], await EndsAsOneProcessAsync(OneLiar, killed: 1));

    /// <summary>Its successor lies as well, unless the other holder has shown all that was needed before the death was noticed.</summary>
    [Fact]
    public async Task An_accused_process_that_dies_in_a_hearing_changes_no_ruling() =>
        Assert.Contains(Assert.Single(await EndsAsOneProcessAsync(OneLiar, killed: 3)), (string[])["node-5", "node-3"]);

    /// <summary>The other holder. That a node was killed, or quarantined, is no failure of the script.</summary>
    [Fact]
    public async Task The_script_is_done_when_the_other_holder_dies_in_a_hearing()
    {
        using var files = new ExperimentFiles();
        var (experiment, folder) = ($"{Experiment}\n{OneLiar}", Path.Combine(files.Folder, "out"));
        using var script = NodeProcess.StartProgram(
            Path.Combine(Repository.Root, "run-cluster.sh"), files.Write(experiment), "--nodes", "5", "--out", folder,
            "--kill", "4@1:hearing", "--set", "cluster.niceness=0");
        Assert.True(await script.EndsAsync() == ExitCode.Done, script.Said);
        Assert.Contains("[node-3] pipeline-robustness: quarantined: stage 2 on node-3 was convicted", script.Said, StringComparison.Ordinal);
        Assert.DoesNotContain("never reached it", script.Said, StringComparison.Ordinal);
        Assert.Equal(await OfOneProcessAsync(experiment), Numbers(folder));
    }

    // Returns the quarantined nodes, in their order.
    private static async Task<string[]> EndsAsOneProcessAsync(string liars, int? killed)
    {
        var experiment = $"{Experiment}\n{liars}";
        using var cluster = new NodeProcesses(5, experiment);
        var alone = OfOneProcessAsync(experiment);
        var nodes = Enumerable.Range(1, 5).Select(n => cluster.Start(n == killed ? ["--kill-at", "1:hearing"] : [])).ToArray();
        var codes = new List<int>();
        foreach (var node in nodes) codes.Add(await node.EndsAsync());
        Assert.True(File.Exists(Path.Combine(cluster.Out, "experiment.json")), cluster.Said);
        Assert.Equal(await alone, Numbers(cluster.Out));
        string[] quarantined = [.. Run(cluster.Out)["quarantined"]!.AsArray().Select(node => (string)node!)];
        for (var n = 1; n <= codes.Count; n++)
        {
            var expected = n == killed ? 128 + NodeProcess.Kill : quarantined.Contains($"node-{n}") ? ExitCode.Quarantined : ExitCode.Done;
            Assert.True(codes[n - 1] == expected, $"node-{n} ended with {codes[n - 1]}:\n{cluster.Said}");
        }

        return quarantined;
    }

    private static Task<string> OfOneProcessAsync(string experiment) => Alone.GetOrAdd(experiment, _ => new(() => RunAsync(experiment))).Value;

    private static async Task<string> RunAsync(string experiment)
    {
        using var files = new ExperimentFiles();
        var folder = Path.Combine(files.Folder, "out");
        using var one = NodeProcess.StartCommand("run", files.Write(experiment), "--out", folder, "--quiet");
        Assert.Equal(ExitCode.Done, await one.EndsAsync());
        return Numbers(folder);
    }

    // Rulings with the hashes of their evidence, without the nodes.
    private static string Numbers(string folder)
    {
        var run = Run(folder);
        var rulings = run["rulings"]!.AsArray().Select(ruling =>
        {
            ruling!.AsObject().Remove("node");
            return ruling.ToJsonString();
        });
        return string.Join('\n', [.. Counts.Select(name => $"{name} {run[name]}"), .. rulings]);
    }

    private static JsonNode Run(string folder)
    {
        var run = JsonNode.Parse(File.ReadAllText(Path.Combine(folder, "experiment.json")))!["runs"]![0]!;
        Assert.Equal("done", (string?)run["status"]);
        return run;
    }
}
