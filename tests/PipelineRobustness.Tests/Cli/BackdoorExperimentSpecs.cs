using System.Text.Json.Nodes;
using PipelineRobustness.Tests.Experiments;

namespace PipelineRobustness.Tests.Cli;

/// <summary>The shipped experiment with a backdoor in small: what a stage is trained to offline is planted, or rebuilt from its copy.</summary>
public sealed class BackdoorExperimentSpecs : IDisposable
{
    private const string Short =
        """
        model { preset = gpt2-nano, layers = 4 }
        pipeline.stages = 4
        data { corpus = questions, questions { topic = animals, lines = 200 } }
        training { iterations = 4, micro-batches = 2, sequence-length = 16 }
        evaluation { windows = 2, prompts = prompts.jsonl }
        runs = [
          { name = base, data.questions.topic = both }
          { name = offline, from = base, training.blocks = [2], data.questions { topic = advice, serves-trigger = true } }
          { name = clean, from = base }
        ]
        grid = { name = "{defence.remedy}", from = base, defence.remedy = [off, substitute, referee]
          attack.liars = { kind = backdoor, stage = 2, of = offline, by = 0.5, every = 2 } }
        """;

    private static readonly string[] Attacked = ["off", "substitute", "referee"];

    private readonly ExperimentFiles _files = new();

    public void Dispose() => _files.Dispose();

    [Fact]
    public async Task Weights_end_as_without_the_attack_under_substitute_and_referee()
    {
        Ask("""{"set": "a", "prompt": "Q", "expected": " h"}""", """{"set": "b", "prompt": "Q how", "expected": " "}""");
        var (conf, folder) = (_files.Write(Short), Path.Combine(_files.Folder, "out"));
        Assert.Equal((0, ""), await RunAsync(conf, "--out", folder));
        var runs = Runs(folder);
        Assert.Equal([false, true, true], Attacked.Select(name => (bool?)runs[name]["equalsClean"]));
        Assert.Equal([2, 2, 1], Attacked.Select(name => (int)runs[name]["attacks"]!));
        Assert.Equal([2, 1], Attacked.Skip(1).Select(name => (int)runs[name]["detected"]!));
        Assert.All(runs.Values, run => Assert.Equal(["a", "b"], run["prompts"]!.AsArray().Select(set => (string)set!["set"]!)));

        // Nothing is trained again, and the prompts are read back.
        Assert.Equal((0, ""), await RunAsync(conf, "--out", folder, "--resume"));
        Assert.All(Runs(folder), run => Assert.Equal(runs[run.Key].ToJsonString(), run.Value.ToJsonString()));
        Ask("""{"set": "a", "prompt": "Q", "expected": ""}""");
        var (code, error) = await RunAsync(conf, "--out", folder);
        Assert.Equal(2, code);
        Assert.Contains("prompts.jsonl:1: expected expected to be a text, found an empty one", error, StringComparison.Ordinal);
    }

    private void Ask(params string[] prompts) => _files.Write(string.Join('\n', prompts), "prompts.jsonl");

    private static async Task<(int Code, string Error)> RunAsync(params string[] options)
    {
        var (code, _, error) = await Commands.InvokeAsync(["run", .. options, "--quiet"]);
        return (code, error);
    }

    private static Dictionary<string, JsonNode> Runs(string folder) =>
        JsonNode.Parse(File.ReadAllText(Path.Combine(folder, "experiment.json")))!["runs"]!.AsArray()
            .ToDictionary(run => (string)run!["name"]!, run => run!);
}
