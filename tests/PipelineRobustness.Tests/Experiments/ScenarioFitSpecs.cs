using System.Text.Json.Nodes;
using PipelineRobustness.Cli;
using PipelineRobustness.Experiments.Runs;
using PipelineRobustness.Experiments.Scenarios;
using PipelineRobustness.Hosting;
using PipelineRobustness.Models;

namespace PipelineRobustness.Tests.Experiments;

/// <summary>A scenario and its run: impossible events are refused beforehand, and equal events are counted separately.</summary>
public sealed class ScenarioFitSpecs : IDisposable
{
    private const string Tiny =
        """
        seed = 3
        pipeline.stages = 3
        training { iterations = 4, micro-batches = 2, sequence-length = 8 }
        evaluation.windows = 2
        defence { remedy = substitute, copies = ring }
        simulation.nodes = 4
        runs = [ { name = first }, { name = short, training.iterations = 3 } ]

        """;

    private readonly ExperimentFiles _files = new();

    public void Dispose() => _files.Dispose();

    [Theory]
    [InlineData("{ crash = \"stage 3\", at = \"iteration 1\" }", "s.conf:2: crash: expected .. 0 .. 2 .., found stage 3")]
    [InlineData("{ crash = \"stage 1\", at = \"iteration 4\" }", "s.conf:2: at: expected .. 0 .. 4 .., found iteration 4")]
    [InlineData("{ crash = \"the server\", at = \"iteration 3, committed\" }", "s.conf:2: at: expected .. 0 .. 3")]
    [InlineData(
        "{ crash = \"stage 1\", at = \"iteration 1, forward, micro-batch 2\" }",
        "s.conf:2: at: expected .. micro-batch .. 0 .. 1 .., found micro-batch 2")]
    [InlineData("{ crash = node-0, at = 1s }", "s.conf:2: crash: expected .. 1 .. 4 .., found node-0")]
    [InlineData("{ crash = node-5, at = 1s }", "s.conf:2: crash: expected .. 1 .. 4")]
    [InlineData("{ crash = node-5, at = \"iteration 1\" }\n{ join = \"a node\", at = \"iteration 2\" }", "s.conf:2: crash: expected .. 1 .. 4")]
    [InlineData("{ crash = \"stage 99999\", at = 1s }", "s.conf:2: crash: expected .. 0 .. 2 .., found stage 99999")]
    [InlineData("{ crash = \"stage 1\", at = \"iteration 1, hearing\" }", "s.conf:2: at: expected .. referee .., found iteration 1, hearing")]
    [InlineData("{ join = \"a node\", at = 25h }", "s.conf:2: at: expected .. 24h .., found 25h")]
    [InlineData(
        "{ corrupt = \"stage 2\", at = \"iteration 1\" }",
        "s.conf:2: corrupt: expected .., found stage 2")]
    [InlineData(
        "{ corrupt = \"stage 0\", part = gradient, at = \"iteration 1, backward\" }",
        "s.conf:2: corrupt: expected .., found stage 0")]
    [InlineData(
        "{ leave = node-99, at = 9s }\n{ join = \"a node\", at = 1s }\n{ partition = \"stage 1\", at = 2s, for = 1h }",
        "s.conf:2: leave: expected .. 1 .. 6 .., found node-99")]
    public async Task An_event_that_can_never_come_is_refused_before_the_simulation(string events, string message)
    {
        var (code, said) = await SimulateAsync(events);
        Assert.Equal(ExitCode.BadSettings, code);
        Refusal.Like(message, said);
        Assert.DoesNotContain("over one-rack", said, StringComparison.Ordinal);
    }

    /// <summary>The very beginning and the very end; nodes that join at a rate can have any number.</summary>
    [Theory]
    [InlineData("{ join = \"a node\", at = 0s }")]
    [InlineData("{ crash = \"the server\", at = \"iteration 2, committed\" }")]
    [InlineData("{ crash = \"stage 2\", at = \"iteration 2, backward, micro-batch 1\" }")]
    [InlineData("{ join = \"a node\", at = 3s }\n{ crash = node-5, at = 1s }")]
    [InlineData("{ crash = \"stage 1\", at = 0s }")]
    [InlineData("{ crash = \"stage 1\", at = 1s }\n{ crash = \"stage 1\", at = 1.05s }")]
    [InlineData("{ crash = \"the server\", at = 1.2s }\n{ crash = \"the server\", at = 1.3s }")]
    [InlineData("{ lose = \"the server\", at = \"iteration 1\", count = 50 }")]
    [InlineData(
        "{ corrupt = \"stage 0\", at = \"iteration 1, forward, micro-batch 0\" }\n{ corrupt = \"stage 0\", at = \"iteration 1, forward, micro-batch 0\" }\n"
        + "{ corrupt = \"stage 0\", pattern = row, at = \"iteration 1, forward, micro-batch 0\" }")]
    [InlineData("{ pause = \"stage 1\", at = \"iteration 0\", for = 8s }\n{ crash = node-5, at = 20s }")]
    [InlineData("{ corrupt = \"stage 2\", part = gradient, at = \"iteration 1, backward\" }\n{ crash = \"any node\", at = 0s }")]
    [InlineData("{ join = \"a node\", every = 200ms }\n{ crash = node-9, at = 9s }")]
    public async Task An_event_that_can_come_does_come(string events)
    {
        var (code, said) = await SimulateAsync(events);
        Assert.True(code == ExitCode.Done, said);
    }

    [Fact]
    public async Task Two_equal_events_are_counted_apart()
    {
        var (code, said) = await SimulateAsync("{ join = \"a node\", at = 1s }\n{ join = \"a node\", at = 1s }");
        Assert.True(code == ExitCode.Done, said);
        Assert.Contains(
            "  injected 1 time: join of a node after 1 s (s.conf:2)\n  injected 1 time: join of a node after 1 s (s.conf:3)\n", said, StringComparison.Ordinal);
    }

    /// <summary>Each event hits the first run that reaches it; nodes have names of the user's choice.</summary>
    [Theory]
    [InlineData("{ crash = \"stage 3\", at = \"iteration 1\" }", "s.conf:2: crash: expected .. 0 .. 2 .., found stage 3")]
    [InlineData("{ crash = \"stage 1\", at = \"iteration 9\" }", "s.conf:2: at: expected .. 0 .. 4")]
    [InlineData("{ crash = node-99, at = \"iteration 3\" }", null)]
    public void Real_processes_refuse_events_that_no_run_can_have(string events, string? message)
    {
        using var experiment = PreparedExperiment.Prepare(_files.Read(Tiny));
        var scenario = RealScenario.Read(Write(events), processes: true, "scenario");
        if (message is null) scenario.ThrowIfOutside(experiment);
        else Refusal.Like(message, Assert.Throws<BadInputException>(() => scenario.ThrowIfOutside(experiment)).Message);
    }

    /// <summary>Each second costs one, or somewhat less where others still work.</summary>
    [Theory]
    [InlineData("partition = \"stage 1\", at = \"iteration 1\", for = 5m", "silence", 6, 16)]
    [InlineData("crash = \"stage 1\", at = \"iteration 1\"", "death", 0.1, 10.1)]
    [InlineData("crash = \"the server\", at = \"iteration 1\"", "take-over", 0.9, 10.9)]
    public async Task A_failure_detected_later_costs_more(string failure, string what, double sooner, double later)
    {
        async Task<double> SecondsAsync(double seconds)
        {
            var folder = Path.Combine(_files.Folder, $"after-{seconds}");
            var (code, said) = await SimulateAsync($"{{ {failure} }}", "--out", folder, "--set", $"simulation.detection.{what}={seconds}s");
            Assert.True(code == ExitCode.Done, said);
            var run = JsonNode.Parse(File.ReadAllText(Path.Combine(folder, "simulation.json")))!["runs"]![0]!;
            return (double)run["played"]!["seconds"]!;
        }

        Assert.InRange(await SecondsAsync(later) - await SecondsAsync(sooner), 0.8 * (later - sooner), later - sooner + 0.001);
    }

    private Task<(int Code, string Output)> SimulateAsync(string events, params string[] more) =>
        RunAsync(["simulate", _files.Write(Tiny), "--scenario", Write(events), .. more]);

    private static async Task<(int Code, string Output)> RunAsync(string[] arguments)
    {
        var output = new StringWriter();
        return (await CommandLine.InvokeAsync(arguments, output, output), output.ToString());
    }

    private string Write(string events) => _files.Write($"events = [\n{events}\n]", "s.conf");
}
