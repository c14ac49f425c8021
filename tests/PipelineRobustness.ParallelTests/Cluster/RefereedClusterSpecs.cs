using System.Collections.Concurrent;
using System.Text.Json.Nodes;
using PipelineRobustness.Hosting;
using PipelineRobustness.Tests.Experiments;

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

    // One process ends with the same, once for all tests of an experiment.
    private static readonly ConcurrentDictionary<string, Lazy<Task<string>>> Alone = [];

    // All but what names nodes or tells the time.
    private static readonly string[] Counts =
        ["weightsSha256", "attacks", "detected", "averted", "missed", "falseConvictions", "hearings", "relayed", "attempts"];

    /// <summary>Of the second liar's node, which leads, the server moves first. Exhibits and a relayed link go by lane.</summary>
    [Fact]
    public Task Processes_that_lie_are_quarantined_and_also_that_of_the_server() => EndsAsOneProcessAsync(
        "attack.liars = [{ kind = equivocate, stage = 2, from = 1, until = 2 }, { kind = frame, stage = 0, from = 2 }]",
        [ExitCode.Quarantined, ExitCode.Done, ExitCode.Quarantined, ExitCode.Done, ExitCode.Done]);

    /// <summary>The accused, whose successor lies as well; the other holder; the server. Node n+1 has stage n, the fifth is a spare.</summary>
    [Theory]
    [InlineData(3, 5)]
    [InlineData(4, 3)]
    [InlineData(1, 3)]
    public Task A_process_that_dies_in_a_hearing_changes_no_ruling(int killed, int quarantined) => EndsAsOneProcessAsync(
        "attack.liars = { kind = false-claim, stage = 2, from = 1 }",
        [.. Enumerable.Range(1, 5).Select(n => n == killed ? 128 + NodeProcess.Kill : n == quarantined ? ExitCode.Quarantined : ExitCode.Done)],
        n => n == killed ? ["--kill-at", "1:hearing"] : []);

    private static async Task EndsAsOneProcessAsync(string liars, int[] codes, Func<int, string[]>? failures = null)
    {
        var experiment = $"{Experiment}\n{liars}";
        using var cluster = new NodeProcesses(codes.Length, experiment);
        var alone = Alone.GetOrAdd(experiment, _ => new(() => NumbersOfOneProcessAsync(experiment))).Value;
        var nodes = codes.Select((_, index) => cluster.Start(failures?.Invoke(index + 1) ?? [])).ToArray();
        for (var n = 0; n < nodes.Length; n++)
        {
            var code = await nodes[n].EndsAsync();
            Assert.True(code == codes[n], $"node-{n + 1} ended with {code}:\n{cluster.Said}");
            if (code == ExitCode.Quarantined) Assert.Contains("quarantined: stage ", nodes[n].Said, StringComparison.Ordinal);
        }

        Assert.Equal(await alone, Numbers(cluster.Out));
        Assert.Equal(
            codes.Select((code, index) => (code, Node: $"node-{index + 1}")).Where(node => node.code == ExitCode.Quarantined).Select(node => node.Node),
            Run(cluster.Out)["quarantined"]!.AsArray().Select(node => (string)node!).Order(StringComparer.Ordinal));
    }

    private static async Task<string> NumbersOfOneProcessAsync(string experiment)
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
