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

    // The second one's node leads, and hands that over.
    private const string TwoLiars = "attack.liars = [{ kind = equivocate, stage = 2, from = 1, until = 2 }, { kind = frame, stage = 0, from = 2 }]";

    // What is drawn from the seed convicts it, and all go back.
    private const string Audited = "defence { copies = none, audit { share = 0.5, steps = 0.5 } }\nattack.liars = { kind = collude, stage = 2, from = 1 }";

    // One process ends with the same, once for all tests of an experiment.
    private static readonly ConcurrentDictionary<string, Lazy<Task<string>>> Alone = [];

    // All but what names nodes or tells the time.
    private static readonly string[] Counts =
    [
        "weightsSha256", "attacks", "detected", "averted", "missed", "falseConvictions", "hearings", "relayed", "attempts", "audited", "auditedSteps",
        "findings", "falseFindings",
    ];

    /// <summary>Exhibits and a relayed link go by lane. The evidence holds by itself, against the run, and against a plain loop.</summary>
    [Fact]
    public async Task Processes_that_lie_are_quarantined_and_also_that_of_the_server() =>
        Assert.Equal(["node-3", "node-1"], await EndsAsOneProcessAsync(TwoLiars, killed: null, HoldsAsync));

    /// <summary>Node n+1 has stage n, the fifth is a spare.</summary>
    [Fact]
    public async Task A_server_that_dies_in_a_hearing_changes_no_ruling() =>
        Assert.Equal(["node-3"], await EndsAsOneProcessAsync(OneLiar, killed: 1));

    /// <summary>All go back to version 0, and stages get other places.</summary>
    [Fact]
    public async Task A_server_that_dies_in_an_audit_changes_no_ruling_where_there_are_no_copies() =>
        Assert.Single(await EndsAsOneProcessAsync(Audited, killed: 1));

    /// <summary>Its successor lies as well, unless the other holder has shown all that was needed before the death was noticed.</summary>
    [Fact]
    public async Task An_accused_process_that_dies_in_a_hearing_changes_no_ruling() =>
        Assert.Contains(Assert.Single(await EndsAsOneProcessAsync(OneLiar, killed: 3)), (string[])["node-5", "node-3"]);

    /// <summary>In the hearing of block 3, whose copy the server's node has. That a node was killed, or quarantined, is no failure of the script.</summary>
    [Fact]
    public async Task The_script_is_done_when_the_server_s_node_lies_and_the_other_holder_dies()
    {
        using var files = new ExperimentFiles();
        var (experiment, folder) = ($"{Experiment}\n{TwoLiars}", Path.Combine(files.Folder, "out"));
        using var script = NodeProcess.StartProgram(
            Path.Combine(Repository.Root, "run-cluster.sh"), files.Write(experiment), "--nodes", "5", "--out", folder,
            "--kill", "4@2:hearing", "--set", "cluster.niceness=0");
        Assert.True(await script.EndsAsync() == ExitCode.Done, script.Said);
        foreach (var (stage, node) in ((int, string)[])[(2, "node-3"), (0, "node-1")])
            Assert.Contains($"[{node}] pipeline-robustness: quarantined: stage {stage} on {node} was convicted", script.Said, StringComparison.Ordinal);
        Assert.DoesNotContain("never reached it", script.Said, StringComparison.Ordinal);
        Assert.Equal(await OfOneProcessAsync(experiment), Numbers(folder));
    }

    // Returns the quarantined nodes, in their order.
    private static async Task<string[]> EndsAsOneProcessAsync(string liars, int? killed, Func<NodeProcesses, Task>? verify = null)
    {
        var experiment = $"{Experiment}\n{liars}";
        using var cluster = new NodeProcesses(5, experiment);
        var alone = OfOneProcessAsync(experiment);
        var nodes = Enumerable.Range(1, 5).Select(n => cluster.Start(n == killed ? ["--kill-at", "1:hearing"] : [])).ToArray();
        var codes = new List<int>();
        foreach (var node in nodes) codes.Add(await node.EndsAsync());
        Assert.True(File.Exists(Path.Combine(cluster.Out, "experiment.json")), cluster.Said);
        Assert.Equal(await alone, Numbers(cluster.Out));
        if (verify is not null) await verify(cluster);
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

    private static async Task HoldsAsync(NodeProcesses cluster)
    {
        var evidence = Evidence(cluster.Out);
        Assert.Equal(2, evidence.Length);
        var verifying = Array.ConvertAll(
            evidence, folder => NodeProcess.StartCommand("verify-evidence", folder, "--run", cluster.Out, "--replay", cluster.ExperimentFile));
        foreach (var one in verifying)
        {
            using (one) Assert.True(await one.EndsAsync() == ExitCode.Done, one.Said);
        }
    }

    // Rulings and evidence, without the nodes and signatures.
    private static string Numbers(string folder)
    {
        var run = Run(folder);
        var rulings = run["rulings"]!.AsArray().Select(ruling =>
        {
            ruling!.AsObject().Remove("node");
            return ruling.ToJsonString();
        });
        var evidence = Evidence(folder).Select(conviction =>
            Path.GetFileName(conviction) + JsonNode.Parse(File.ReadAllText(Path.Combine(conviction, "evidence.json")))!["content"]!.ToJsonString());
        return string.Join('\n', [.. Counts.Select(name => $"{name} {run[name]}"), .. rulings, .. evidence]);
    }

    private static string[] Evidence(string folder) => [.. Directory.GetDirectories(Path.Combine(folder, "evidence")).Order(StringComparer.Ordinal)];

    private static JsonNode Run(string folder)
    {
        var run = JsonNode.Parse(File.ReadAllText(Path.Combine(folder, "experiment.json")))!["runs"]![0]!;
        Assert.Equal("done", (string?)run["status"]);
        return run;
    }
}
