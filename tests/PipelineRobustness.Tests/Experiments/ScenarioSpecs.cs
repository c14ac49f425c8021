using System.Globalization;
using System.Text.Json.Nodes;
using PipelineRobustness.Adversity.Failures;
using PipelineRobustness.Adversity.Failures.Kinds;
using PipelineRobustness.Cli;
using PipelineRobustness.Experiments.Campaign;
using PipelineRobustness.Experiments.Runs;
using PipelineRobustness.Experiments.Scenarios;
using PipelineRobustness.Experiments.Settings;
using PipelineRobustness.Hosting;
using PipelineRobustness.Models;
using PipelineRobustness.Tests.Ground;

namespace PipelineRobustness.Tests.Experiments;

/// <summary>The scenario language, and the shipped scenarios.</summary>
public sealed class ScenarioSpecs : IDisposable
{
    private const string Tiny =
        """
        seed = 3
        pipeline.stages = 3
        training { iterations = 6, micro-batches = 2, sequence-length = 8 }
        evaluation.windows = 2
        defence { remedy = substitute, copies = ring }

        """;

    private readonly ExperimentFiles _files = new();

    public static TheoryData<string> Shipped => [.. ScenarioFile.Shipped];

    public void Dispose() => _files.Dispose();

    [Theory, MemberData(nameof(Shipped))]
    public async Task A_shipped_scenario_ends_with_the_undisturbed_bits_and_injects_every_event(string name)
    {
        var output = new StringWriter();
        var file = name == "liar-and-crash" ? "simulate-referee.conf" : "simulate.conf";
        var code = await CommandLine.InvokeAsync(["simulate", Path.Combine(Repository.Root, "hocon", file), "--scenario", name], output, output);
        Assert.True(code == ExitCode.Done, output.ToString());
        Assert.Contains($"{name} over one-rack: right", output.ToString(), StringComparison.Ordinal);
        Assert.DoesNotContain("injected 0 times", output.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public void Every_scenario_that_the_readme_names_exists() => Assert.Equal(
        [
            "byzantine-and-crash-together", "crash-and-recover", "flapping-node", "liar-and-crash", "rolling-restart", "second-fault-while-recovering",
            "server-lost",
            "silent-corruption", "split-brain", "spot-preemption", "storm", "straggler",
        ],
        ScenarioFile.Shipped);

    [Fact]
    public void An_event_is_read_as_it_is_written()
    {
        var scenario = Read(
            """
            { crash = "stage 2", at = "iteration 3, backward, micro-batch 1" }
            { slow = "stage 1", factor = 4, at = 90s, for = 2m }
            { corrupt = "stage 0", part = moment, pattern = several-bits, at = "iteration 7, committed" }
            { crash = "any node", every = 1.5h }
            { reorder = "the server", count = 5, at = 1s, for = 2s }
            { corrupt = "stage 0", pattern = not-a-number, at = "iteration 1" }
            """);
        Assert.Equal(
            [
                new Crash { Target = new(TargetKind.Stage, 2), At = new(3, IterationPhase.Backward, 1) },
                new Slow
                {
                    Target = new(TargetKind.Stage, 1), Factor = 4, After = TimeSpan.FromSeconds(90), Lasts = TimeSpan.FromMinutes(2),
                },
                new Corrupt
                {
                    Target = new(TargetKind.Stage, 0), Part = CorruptedPart.Moment, Pattern = CorruptionPattern.SeveralBits,
                    At = new(7, IterationPhase.Committed),
                },
                new Crash { Every = TimeSpan.FromHours(1.5) },
                new Reorder
                {
                    Target = new(TargetKind.Server), Count = 5, After = TimeSpan.FromSeconds(1), Lasts = TimeSpan.FromSeconds(2),
                },
                new Corrupt { Target = new(TargetKind.Stage), Pattern = CorruptionPattern.NotANumber, At = new(1) },
            ],
            scenario.Failures.Select(failure => failure with { Where = "" }));
        Assert.Equal(["s.conf:2", "s.conf:3", "s.conf:4", "s.conf:5", "s.conf:6", "s.conf:7"], scenario.Failures.Select(failure => failure.Where));
    }

    [Theory]
    [InlineData("{ crush = \"stage 2\", at = 1s }", "s.conf:2: crush: .. crash?")]
    [InlineData("{ crash = \"stage two\", at = 1s }", "s.conf:2: crash: expected .. N .. node-N .., found stage two")]
    [InlineData("{ crash = \"stage 2\" }", "s.conf:2: expected .., found neither")]
    [InlineData("{ crash = \"stage 2\", hang = \"stage 2\", at = 1s }", "s.conf:2: expected ..")]
    [InlineData("{ crash = \"stage 2\", at = \"iteration 2, sideways\" }", "s.conf:2: at: expected .. 0s .. 2777h")]
    [InlineData("{ slow = \"stage 2\", factor = -1, at = 1s, for = 1s }", "s.conf:2: factor: expected .. 0.001 .. 1000 .., found -1")]
    [InlineData("{ lose = \"node-1\", count = 1.5, at = 1s }", "s.conf:2: count: expected .. 1 .. 1000000 .., found 1.5")]
    [InlineData("{ crash = \"the server\", wakes-up = maybe, at = 1s }", "s.conf:2: wakes-up: expected .., found maybe")]
    [InlineData("{ hang = \"stage 1\", at = 20s, for = 5s }", "s.conf:2: at: expected .. N .., found 20s")]
    [InlineData("{ crash = \"any node\", every = 0.5ms }", "s.conf:2: every: expected .. 1ms .., found 0.5ms")]
    [InlineData("{ out-of-memory = \"stage 1\", every = 9s }", "s.conf:2: every: expected .. N .. out-of-memory")]
    public void A_mistake_in_a_scenario_is_named_with_its_line(string written, string message) =>
        Refusal.Like(message, Assert.Throws<BadInputException>(() => Read(written)).Message);

    [Fact]
    public async Task An_event_that_never_comes_fails_the_scenario()
    {
        var scenario = _files.Write("events = [ { crash = \"stage 1\", at = 23h } ]", "never.conf");
        var output = new StringWriter();
        var code = await CommandLine.InvokeAsync(["simulate", Path.Combine(Repository.Root, "hocon", "simulate.conf"), "--scenario", scenario], output, output);
        Assert.Equal((int)CaseVerdict.Wrong, code);
        Assert.Contains("an event never came: crash of stage 1 after 82800 s (never.conf:1)", output.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public void An_interrupt_does_not_wait_for_an_iteration()
    {
        using var experiment = PreparedExperiment.Prepare(_files.Read(Tiny));
        Assert.Null(ScenarioRun.Of(experiment.Runs[0], _ => Assert.Fail("an iteration was played"), new CancellationToken(canceled: true)));
    }

    /// <summary>Machines so slow that the duration of a piece of work would overflow.</summary>
    [Fact]
    public async Task An_endless_run_gives_up_and_says_so()
    {
        var (code, output) = await SimulateAsync(_files.Write(Tiny), "--flops", "1e-300");
        Assert.True(code == (int)CaseVerdict.Wrong, output);
        Assert.Contains("gave up after 1800 s (pipeline.give-up-after)", output, StringComparison.Ordinal);
        Assert.Matches(@"\n +0 +100\.0 %", output);
    }

    [Fact]
    public void A_run_names_its_scenario_and_the_machines_that_it_is_simulated_on()
    {
        _files.Write("events = [ { crash = \"stage 1\", at = 3s } ]", "own.conf");
        using var experiment = PreparedExperiment.Prepare(_files.Read(
            "scenario = storm\nsimulation { nodes = 9 }\nruns = [ { name = a }, { name = b, scenario = own.conf, simulation.network = home }, "
            + "{ name = c, scenario = \"\" } ]"));
        Assert.Equal(["storm", "own", "quiet"], experiment.Runs.Select(run => run.Scenario.Name));
        Assert.Equal([2, 1, 0], experiment.Runs.Select(run => run.Scenario.Failures.Count));
        Assert.Equal(new SimulationSettings { Network = "home", Nodes = 9 }, experiment.Runs[1].Settings.Simulation);
        Assert.Null(_files.Read("").Runs[0].Simulation.Nodes);
    }

    [Theory]
    [InlineData("scenario = sturm", "a.conf:1: scenario: expected .. byzantine-and-crash-together")]
    [InlineData("scenario = none.conf", "none.conf: expected ..")]
    [InlineData("simulation.network = moon", "a.conf:1: simulation.network: expected .. one-rack .. one-region .., found moon")]
    [InlineData("simulation.flops = 0", "a.conf:1: simulation.flops: expected .. 0 .., found 0")]
    public void A_mistake_in_a_file_s_scenario_setting_is_named(string text, string message) =>
        Refusal.Like(message, _files.Refused(text));

    /// <summary>The same run with other failures is the same run: its checkpoints can be used.</summary>
    [Fact]
    public void A_scenario_is_no_part_of_what_a_run_is()
    {
        string Identity(string text)
        {
            using var experiment = PreparedExperiment.Prepare(_files.Read(text));
            return RunIdentity.Of(experiment, experiment.Runs[0]);
        }

        Assert.Equal(Identity("seed = 4"), Identity("seed = 4\nscenario = storm\nsimulation.nodes = 9"));
        Assert.NotEqual(Identity("seed = 4"), Identity("seed = 5"));
    }

    [Fact]
    public async Task A_file_s_scenario_is_simulated_and_the_option_overrides_every_run()
    {
        var file = _files.Write(Tiny + "runs = [ { name = a, scenario = server-lost }, { name = b } ]");
        var (code, output) = await SimulateAsync(file);
        Assert.True(code == ExitCode.Done, output);
        Assert.Contains("a: server-lost over one-rack: right", output, StringComparison.Ordinal);
        Assert.Contains("b: quiet over one-rack: right: no failure was scripted, and none occurred", output, StringComparison.Ordinal);
        (code, output) = await SimulateAsync(
            file, "--scenario", "straggler", "--network", "home", "--nodes", "5", "--flops", "1e6", "--seed", "8", "--set", "training.micro-batches=3");
        Assert.True(code == ExitCode.Done, output);
        Assert.Contains("a: straggler over home: right", output, StringComparison.Ordinal);
        Assert.Contains("b: straggler over home: right", output, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("pipeline-robustness: --scenario: expected .. file.conf", "--scenario", "nix")]
    [InlineData("straggler, found an empty name", "--scenario", "")]
    [InlineData("--network: simulation.network: expected .. file.conf", "--network", "moon")]
    [InlineData("--nodes: simulation.nodes: expected ..", "--nodes", "-1")]
    [InlineData("--flops: simulation.flops: expected .. 0", "--flops", "nan")]
    [InlineData("--seed: expected ..", "--seed", "x")]
    public async Task A_wrong_option_of_a_simulation_is_named(string message, params string[] options)
    {
        var (code, output) = await SimulateAsync([_files.Write(Tiny), .. options]);
        Assert.Equal(ExitCode.BadSettings, code);
        Refusal.Like(message, output);
    }

    [Fact]
    public async Task The_run_command_says_that_it_injects_no_scenario()
    {
        var output = new StringWriter();
        var file = _files.Write(Tiny + "scenario = storm");
        var code = await CommandLine.InvokeAsync(["run", file, "--out", Path.Combine(_files.Folder, "out")], output, output);
        Assert.Equal(ExitCode.Done, code);
        Assert.Contains("note: scenario storm: injected by simulate and by run-cluster.sh --scenario, not here\n", output.ToString(), StringComparison.Ordinal);
    }

    private static async Task<(int Code, string Output)> SimulateAsync(params string[] arguments)
    {
        var output = new StringWriter();
        return (await CommandLine.InvokeAsync(["simulate", .. arguments], output, output), output.ToString());
    }

    [Fact]
    public async Task Simulation_results_are_written_for_scripts_as_well()
    {
        var (output, folder) = (new StringWriter(), Path.Combine(_files.Folder, "new"));
        var scenario = _files.Write("events = [ { pause = \"node-1\", at = \"iteration 2\", for = 5s }, { crash = \"any node\", every = 900h } ]", "once.conf");
        var code = await CommandLine.InvokeAsync(
            ["simulate", Path.Combine(Repository.Root, "hocon", "simulate.conf"), "--scenario", scenario, "--out", folder], output, output);
        Assert.True(code == ExitCode.Done, output.ToString());
        Assert.Contains("injected 0 times, which is allowed: crash of any node every 3240000 s", output.ToString(), StringComparison.Ordinal);
        var run = JsonNode.Parse(File.ReadAllText(Path.Combine(folder, "simulation.json")))!["runs"]![0]!;
        Assert.Equal(("right", 3.0 / 7), ((string)run["verdict"]!, (double)run["bubbleClosedForm"]!));
        Assert.Equal((8, 4), (run["played"]!["iterationSeconds"]!.AsArray().Count, run["played"]!["stages"]!.AsArray().Count));
        var strike = Assert.Single(run["strikes"]!.AsArray())!;
        Assert.Equal(("node-1", 2), ((string)strike["machine"]!, (int)strike["iteration"]!));
        Assert.Equal(
            (double)run["played"]!["seconds"]! - (double)run["undisturbed"]!["seconds"]!, (double)strike["lostSeconds"]!, 6);
        Assert.Contains(
            ((double)strike["lostSeconds"]!).ToString("0.000", CultureInfo.InvariantCulture), output.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Recoveries_have_time_and_duration_and_moves_are_marked()
    {
        var (code, output) = await SimulateAsync(Path.Combine(Repository.Root, "hocon", "simulate.conf"), "--out", Path.Combine(_files.Folder, "out"));
        Assert.True(code == ExitCode.Done, output);
        Assert.Matches(@"\n  61\.\d+ s: node-3 was lost with stage 2: its process ended; resumed after \d\.\d+ s\n", output);
        Assert.Matches(@"\n  1\d\d\.\d+ s: no failure: stage 0 moves from node-1 to node-5; resumed after 0\.00\d s\n", output);
        var run = JsonNode.Parse(File.ReadAllText(Path.Combine(_files.Folder, "out", "simulation.json")))!["runs"]![0]!;
        Assert.Equal([false, true], run["recoveries"]!.AsArray().Select(recovery => (bool)recovery!["isMove"]!));
    }

    [Fact]
    public async Task A_full_disk_reports_how_many_checkpoints_it_cost()
    {
        var scenario = _files.Write("events = [ { full-disk = \"all\", at = 1s, for = 1h } ]", "full.conf");
        var (code, output) = await SimulateAsync(
            Path.Combine(Repository.Root, "hocon", "simulate.conf"), "--scenario", scenario, "--set", "checkpoint.within=0s");
        Assert.True(code == ExitCode.Done, output);
        Assert.Matches(@"\n  2 checkpoints not written or not readable: block 0: No space left on device\n", output);
    }

    [Fact]
    public async Task Very_many_stages_are_printed_in_part_and_written_in_full()
    {
        const string Deep =
            """
            model { numerics = shapes, layers = 48 }
            pipeline.stages = 48
            training { iterations = 2, micro-batches = 2, sequence-length = 8 }
            evaluation.windows = 2
            defence { remedy = off, copies = none }
            """;
        var (code, output) = await SimulateAsync(_files.Write(Deep), "--out", Path.Combine(_files.Folder, "out"));
        Assert.True(code == ExitCode.Done, output);
        var rows = output.Split('\n').Where(line => line.Count(c => c == '%') == 6).Select(line => line.Split(' ', StringSplitOptions.RemoveEmptyEntries)[0]);
        Assert.Equal("0", rows.First());
        Assert.Equal("47", rows.Last());
        Assert.InRange(rows.Count(), 3, 5);
        Assert.Contains("of 48 stages: the first and the last", output, StringComparison.Ordinal);
        var run = JsonNode.Parse(File.ReadAllText(Path.Combine(_files.Folder, "out", "simulation.json")))!["runs"]![0]!;
        Assert.Equal(48, run["played"]!["stages"]!.AsArray().Count);
    }

    private Scenario Read(string events) => ScenarioFile.Read(_files.Write($"events = [\n{events}\n]", "s.conf"));
}
