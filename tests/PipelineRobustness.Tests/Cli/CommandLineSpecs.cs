using System.Text.Json.Nodes;
using PipelineRobustness.Cli;
using PipelineRobustness.Experiments.Results;
using PipelineRobustness.Hosting;
using PipelineRobustness.Tests.Experiments;
using PipelineRobustness.Tests.Ground;
using static PipelineRobustness.Tests.Cli.Commands;

namespace PipelineRobustness.Tests.Cli;

/// <summary>Exit codes, the use of standard output and standard error, and one line for every mistake.</summary>
public sealed class CommandLineSpecs : IDisposable
{
    private const string Small =
        """
        seed = 3
        training { iterations = 2, micro-batches = 2, sequence-length = 8 }
        evaluation.windows = 2
        runs = [
          { name = clean }
          { name = defended, attack.forward = { kind = sign-flip, rate = 1 }, defence.remedy = substitute }
        ]
        """;

    private readonly ExperimentFiles _files = new();

    public void Dispose() => _files.Dispose();

    [Fact]
    public async Task The_quiet_option_prints_nothing_and_writes_every_file()
    {
        var (code, output, error) = await InvokeAsync("run", _files.Write(Small), "--out", Out, "--quiet");
        Assert.Equal((ExitCode.Done, "", ""), (code, output, error));
        string[] written =
        [
            "experiment.json", "events.jsonl", "report.html", "clean/model/config.json", "defended/model/model.safetensors",
        ];
        Assert.All(written, f => Assert.True(new FileInfo(Path.Combine(Out, f)).Length > 0));
    }

    [Fact]
    public async Task Progress_without_a_terminal_is_plain_lines_with_a_header_and_a_summary()
    {
        var (code, output, error) = await InvokeAsync("run", _files.Write(Small), "--out", Out, "--seed", "5");
        var lines = output.Split('\n', StringSplitOptions.RemoveEmptyEntries);
        Assert.Equal((ExitCode.Done, ""), (code, error));
        Assert.Contains("seed 5, model gpt2-nano (12 layers", lines[1], StringComparison.Ordinal);
        Assert.Contains("stages 4, intra-op threads 1", lines[2], StringComparison.Ordinal);
        Assert.Contains("copies none / middle", lines[2], StringComparison.Ordinal);
        Assert.Contains("= clean", output, StringComparison.Ordinal);
        Assert.Equal("2 of 2 runs done; bit for bit the clean run's weights: defended; no false verdicts", lines[^1]);
        Assert.DoesNotContain('\u001b', output);
    }

    [Fact]
    public async Task Json_output_is_exactly_the_result_file()
    {
        var (code, output, error) = await InvokeAsync("run", _files.Write(Small), "--out", Out, "--json");
        Assert.Equal(ExitCode.Done, code);
        Assert.Equal(await JsonAsync(), output);
        Assert.Equal(2, (long)JsonNode.Parse(output)!["runs"]![1]!["detected"]!);
        Assert.Contains("2 of 2 runs done", error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_grid_prints_its_size_and_its_table_and_does_not_repeat_finished_runs()
    {
        const string Grid = "grid={ attack.forward { kind = sign-flip, rate = [0.3, 1] }, defence.remedy = [off, substitute] }";
        string[] args = ["run", _files.Write(Small), "--set", "runs=[{ name = clean }]", "--set", Grid, "--out", Out];
        var (code, output, _) = await InvokeAsync(args);
        Assert.Equal(ExitCode.Done, code);
        Assert.Matches("\n5 runs: (about 0:0|a moment)", output);
        Assert.Contains("attacked forward: perplexity relative to clean (in brackets: undefended relative to this run)\n", output, StringComparison.Ordinal);
        Assert.Matches(@"\n +off +[0-9.]+ × +", output);
        Assert.Matches("bit for bit the clean run's weights: .*rate-1_remedy-substitute", output);
        var first = JsonNode.Parse(await JsonAsync())!;
        (code, output, _) = await InvokeAsync([.. args, "--resume"]);
        Assert.Equal(ExitCode.Done, code);
        Assert.Contains("\n5 runs (5 done earlier): nothing is left to do\n", output, StringComparison.Ordinal);
        Assert.True(JsonNode.DeepEquals(first, JsonNode.Parse(await JsonAsync())));
    }

    [Fact]
    public async Task A_scenario_is_printed_one_event_a_line()
    {
        var (code, output, error) = await InvokeAsync("scenario", "crash-and-recover", "--processes");
        Assert.Equal((ExitCode.Done, ""), (code, error));
        Assert.Equal(
            "crash-and-recover: 2 events\n  crash of stage 2 at iteration 3, backward, micro-batch 1\n  join of a node at iteration 5, forward\n", output);
        (code, _, error) = await InvokeAsync("scenario", "nix");
        Assert.Equal(ExitCode.BadSettings, code);
        Assert.StartsWith("pipeline-robustness: scenario: expected a file.conf or one of", Line(error), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Injected_events_are_counted_from_an_experiment_s_folder()
    {
        const string Crash = "crash of the server (wakes-up) at iteration 2, backward (split-brain.conf:3)";
        Directory.CreateDirectory(Path.Combine(Out, "struck"));
        var (code, output, error) = await InvokeAsync("scenario", "split-brain", "--struck", Out);
        Assert.Equal((3, $"split-brain: 1 event\n  injected 0 times: {Crash}\n"), (code, output));
        Assert.Equal($"split-brain: an event never came: {Crash}", Line(error));
        File.WriteAllText(Path.Combine(Out, "struck", "event-1-crash"), "");
        (code, output, error) = await InvokeAsync("scenario", "split-brain", "--struck", Out);
        Assert.Equal((ExitCode.Done, $"split-brain: 1 event\n  injected 1 time: {Crash}\n", ""), (code, output, error));
    }

    [Theory]
    [InlineData("no folder ", "absent")]
    [InlineData("nothing of one in ", ".")]
    public async Task A_folder_without_an_experiment_has_no_events_to_count(string found, string folder)
    {
        var path = Path.Combine(_files.Folder, folder);
        var (code, output, error) = await InvokeAsync("scenario", "split-brain", "--struck", path);
        Assert.Equal((ExitCode.BadSettings, ""), (code, output));
        Assert.Equal($"pipeline-robustness: --struck: expected the output folder of an experiment, found {found}{path}", Line(error));
    }

    [Fact]
    public async Task Resume_needs_the_folder()
    {
        var (code, _, error) = await InvokeAsync("run", _files.Write(Small), "--resume");
        Assert.Equal(ExitCode.BadSettings, code);
        Assert.Contains("--resume: expected the folder", Line(error), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_failed_run_is_exit_code_1_after_the_others_are_done()
    {
        const string Runs =
            "runs=[{ name = clean }, { name = hopeless, attack.forward = { kind = sign-flip, rate = 1 }, "
            + "defence { remedy = restart, attempts = 2 } }, { name = last }]";
        var (code, output, error) = await InvokeAsync("run", _files.Write(Small), "--out", Out, "--quiet", "--set", Runs);
        Assert.Equal((ExitCode.Failed, ""), (code, output));
        Assert.StartsWith("run hopeless failed: ", error, StringComparison.Ordinal);
        var runs = JsonNode.Parse(await JsonAsync())!["runs"]!.AsArray();
        Assert.Equal(["done", "failed", "done"], runs.Select(r => (string)r!["status"]!));
        Assert.Equal((2L, 2L), ((long)runs[1]!["attacks"]!, (long)runs[1]!["detected"]!));
    }

    [Theory]
    [InlineData("expected a command .., found none ..")]
    [InlineData("frobnicate: no such command .. run .. simulate", "frobnicate")]
    [InlineData("rn: no such command .. run?", "rn")]
    [InlineData("run: expected FILE.conf, found none ..", "run")]
    [InlineData("node: expected --out DIR, found none ..", "node", "a.conf")]
    [InlineData("--frob", "run", "a.conf", "--frob")]
    [InlineData("--sed: .. --seed?", "simulate", "a.conf", "--sed", "4")]
    [InlineData("--sed: .. --seed?", "simulate", "--sed", "4")]
    [InlineData("--set: expected .., found a.b=7", "simulate", "a.conf", "--seeds=1", "--set", "a.b=7")]
    [InlineData("--quite: .. --quiet?", "simulate", "--seeds=1", "--quite")]
    [InlineData("--stuck: .. --struck?", "scenario", "storm", "--stuck=x")]
    [InlineData("--odd.conf: expected .., found nothing there", "config", "--", "--odd.conf")]
    [InlineData("expected .., found nothing there", "run", "absent.conf")]
    [InlineData("expected .., found nothing there", "config", "absent.conf")]
    [InlineData("expected .., found nothing there", "plan", "absent.conf")]
    [InlineData("expected .., found an empty name", "run", "")]
    [InlineData("--seed: expected ..", "run", "absent.conf", "--seed", "x")]
    [InlineData("found nothing", "run", "absent.conf", "--seed", "")]
    [InlineData("--set", "run", "absent.conf", "--set")]
    [InlineData("@absent.rsp", "run", "@absent.rsp")]
    public async Task A_wrong_command_line_is_one_line_and_exit_code_2(string message, params string[] args)
    {
        var (code, output, error) = await InvokeAsync(args);
        Assert.Equal((ExitCode.BadSettings, ""), (code, output));
        Refusal.Like(message, Line(error));
    }

    [Theory]
    [InlineData("pipeline.stagess=4")]
    [InlineData("pipeline.stages=0")]
    [InlineData("pipeline.stages=99")]
    [InlineData("training.micro-batches=0")]
    [InlineData("attack.forward.rate=-0.1")]
    [InlineData("attack.forward.kind=nonsense")]
    [InlineData("defence.remedy=nonsense")]
    [InlineData("data.path=/nonexistent")]
    [InlineData("model.preset=nonsense")]
    public async Task A_bad_setting_is_one_line_and_exit_code_2_and_nothing_is_written(string set)
    {
        var (code, output, error) = await InvokeAsync("run", _files.Write(Small), "--out", Out, "--quiet", "--set", set);
        Assert.Equal((ExitCode.BadSettings, ""), (code, output));
        Assert.Contains(set.Split('=')[0].Split('.')[^1], Line(error) + " path", StringComparison.Ordinal);
        Assert.False(Path.Exists(Out));
    }

    [Fact]
    public async Task An_output_folder_that_cannot_be_made_is_exit_code_2()
    {
        var file = _files.Write(Small);
        var (code, _, error) = await InvokeAsync("run", file, "--out", Path.Combine(file, "below"), "--quiet");
        Assert.Equal(ExitCode.BadSettings, code);
        Assert.Contains("--out: expected a folder", Line(error), StringComparison.Ordinal);
    }

    [Fact]
    public async Task An_unwritable_output_folder_is_refused()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "there is a /proc on Linux");
        var (code, _, error) = await InvokeAsync("simulate", _files.Write(Small), "--out", "/proc/x");
        Assert.Equal(ExitCode.BadSettings, code);
        Assert.EndsWith("found /proc/x: nothing can be made there", Line(error), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("clone/src/PipelineRobustness.Cli/bin/Release/net10.0/", "dotnet run -c Release --project src/PipelineRobustness.Cli --")]
    [InlineData("installed/", "pipeline-robustness")]
    public void A_printed_command_can_be_typed_where_the_program_was_started(string folder, string program) =>
        Assert.Equal($"{program} simulate --seeds 7", TypedCommand.Of("simulate --seeds 7", folder.Replace('/', Path.DirectorySeparatorChar)));

    [Fact]
    public async Task An_output_folder_without_a_name_is_exit_code_2()
    {
        var (code, _, error) = await InvokeAsync("run", _files.Write(Small), "--out", "", "--quiet");
        Assert.Equal(ExitCode.BadSettings, code);
        Assert.EndsWith("found an empty name", Line(error), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Every_command_has_help()
    {
        string[][] commands = [["--help"], ["run", "--help"], ["config", "--help"], ["plan", "--help"], ["certificates", "--help"]];
        foreach (var args in commands)
        {
            var (code, output, _) = await InvokeAsync(args);
            Assert.Equal(ExitCode.Done, code);
            Assert.Contains("Usage:", output, StringComparison.Ordinal);
        }
    }

    [Fact]
    public async Task Config_prints_what_run_would_read()
    {
        var (code, output, _) = await InvokeAsync("config", _files.Write(Small), "--set", "training.iterations=9");
        Assert.Equal(ExitCode.Done, code);
        Assert.Matches(@"training\.iterations = 9 +# --set\n", output);
        Assert.Contains("name = defended", output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Plan_prints_each_different_cut_once()
    {
        var (code, output, _) = await InvokeAsync("plan", _files.Write(Small), "--set", "pipeline.stages=5");
        Assert.Equal(ExitCode.Done, code);
        Assert.Contains("runs: clean\n", output, StringComparison.Ordinal);
        Assert.Contains("runs: defended\n", output, StringComparison.Ordinal);
        Assert.Contains("bubble 66.7 % (gpipe)", output, StringComparison.Ordinal);
        Assert.Contains("+embedding", output, StringComparison.Ordinal);
        Assert.Contains("\n2 runs: ", output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Certificates_lists_its_files_and_never_overwrites_them()
    {
        var (code, output, error) = await InvokeAsync("certificates", "--out", Out, "--nodes", "a,b", "--hosts", "localhost,::1,[2001:db8::a]", "--days", "3");
        Assert.Equal((ExitCode.Done, ""), (code, error));
        string[] made = ["ca.pem", "a.pem", "a.key", "b.pem", "b.key"];
        Assert.Equal(made.Select(file => Path.Combine(Out, file)), output.Split('\n', StringSplitOptions.RemoveEmptyEntries));
        Assert.All(made, file => Assert.True(new FileInfo(Path.Combine(Out, file)).Length > 0));
        (code, output, error) = await InvokeAsync("certificates", "--out", Out, "--nodes", "c");
        Assert.Equal((ExitCode.BadSettings, ""), (code, output));
        Assert.EndsWith($"found {Path.Combine(Out, "ca.pem")}", Line(error), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("--nodes: expected", "--nodes", "a b")]
    [InlineData("--nodes: expected", "--nodes", "../a")]
    [InlineData("found an empty name", "--nodes", "a,,b")]
    [InlineData("--nodes: expected .., found a 2 times", "--nodes", "a,b,a")]
    [InlineData("other than ca, found ca", "--nodes", "ca")]
    [InlineData("--hosts: expected .., found a b", "--nodes", "a", "--hosts", "a b")]
    [InlineData("--days: expected .. 1 .. 10000 .., found 0", "--nodes", "a", "--days", "0")]
    [InlineData("certificates: expected --nodes NAME,NAME, found none ..", "--days", "1")]
    public async Task Certificates_refuses_bad_names_hosts_and_days(string message, params string[] args)
    {
        var (code, output, error) = await InvokeAsync(["certificates", "--out", Out, .. args]);
        Assert.Equal((ExitCode.BadSettings, ""), (code, output));
        Refusal.Like(message, Line(error));
        Assert.False(Path.Exists(Out));
    }

    [Fact]
    public async Task Every_shipped_experiment_can_be_planned()
    {
        string[] others = ["reference.conf", "akka.conf", "cluster.conf", "wire.conf", "league.conf", "league-strengths.conf", "league-ci.conf"];
        var files = Directory.GetFiles(Path.Combine(Repository.Root, "hocon"), "*.conf");
        foreach (var file in files.Where(f => !others.Contains(Path.GetFileName(f))))
        {
            var (code, _, error) = await InvokeAsync("plan", file);
            Assert.Equal((ExitCode.Done, ""), (code, error));
        }
    }

    [Theory]
    [InlineData("run a.conf --set x=1", "run", "a.conf", "--set", "x=1")]
    [InlineData("run 'a b.conf' --set 'runs=[{name=it'\\''s}]'", "run", "a b.conf", "--set", "runs=[{name=it's}]")]
    public void The_command_line_in_the_report_can_be_typed_again(string line, params string[] words) =>
        Assert.Equal(line, ShellWords.Join(words));

    private string Out => Path.Combine(_files.Folder, "out");

    private Task<string> JsonAsync() =>
        File.ReadAllTextAsync(Path.Combine(Out, "experiment.json"), TestContext.Current.CancellationToken);

    private static string Line(string error) => Assert.Single(error.Split('\n', StringSplitOptions.RemoveEmptyEntries));
}
