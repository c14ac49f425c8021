using PipelineRobustness.Experiments.Campaign;
using PipelineRobustness.Experiments.Results;
using PipelineRobustness.Hosting;
using PipelineRobustness.Tests.Ground;

namespace PipelineRobustness.Tests.Cluster;

/// <summary>The script that starts nodes on one machine: what it refuses, and that no process outlives it.</summary>
[Collection(Clusters.OfHealthyNodes)]
public sealed class RunClusterSpecs : IDisposable
{
    private readonly ClusterScript _script = new();

    public void Dispose() => _script.Dispose();

    [Theory]
    [InlineData("--nodes: expected .. 1 .. 999 .., found 0", "--nodes", "0")]
    [InlineData("--nodes: expected .., found none", "--nodes")]
    [InlineData("--nodes: expected ..", "--nodes", "2")]
    [InlineData("--kill-every: expected .., found soon", "--nodes", "2", "--out", "x", "--kill-every", "soon")]
    [InlineData("--kill: expected .. 1 .. 2 .., found 3@1", "--nodes", "2", "--out", "x", "--kill", "3@1")]
    [InlineData("--kill, --kill-every, --scenario: expected .., found none", "--kill", "1@2")]
    [InlineData("--kill, --kill-every, --scenario: expected .., found none", "--scenario", "storm")]
    [InlineData("--scenario: expected .. kill-every", "--nodes", "3", "--out", "x", "--kill-every", "3", "--scenario", "storm")]
    [InlineData("--host: expected .., found none", "--host", "::1")]
    public async Task Bad_options_are_named_before_anything_is_built(string message, params string[] options)
    {
        using var script = _script.Start(options);
        Assert.Equal(ExitCode.BadSettings, await script.EndsAsync());
        Refusal.Like(message, script.Said);
        Assert.DoesNotContain("building", script.Said, StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_script_builds_again_only_after_a_change()
    {
        await IsRefusedAsync();
        Assert.DoesNotContain("building", await IsRefusedAsync(), StringComparison.Ordinal);
        Directory.SetLastWriteTimeUtc(Path.Combine(Repository.Root, "hocon"), DateTime.UtcNow);
        Assert.Contains("building", await IsRefusedAsync(), StringComparison.Ordinal);

        async Task<string> IsRefusedAsync()
        {
            using var script = _script.Start("--nodes", "2", "--out", _script.Out, "--scenario", "none such");
            Assert.Equal(ExitCode.BadSettings, await script.EndsAsync());
            return script.Said;
        }
    }

    /// <summary>The signal comes twice, as a terminal that is closed may send it.</summary>
    [Fact]
    public async Task The_script_interrupts_its_nodes_and_resumes_with_fewer_to_the_bits_of_one()
    {
        string[] shorter = ["--set", "training.iterations=40"];
        using (var script = _script.Start(["--nodes", "3", "--out", _script.Out, .. shorter]))
        {
            await NodeProcesses.TrainsAsync(_script.Out);
            script.Signal(NodeProcess.HangUp);
            script.Signal(NodeProcess.HangUp);
            Assert.Equal(ExitCode.Interrupted, await script.EndsAsync());
        }

        Assert.Equal("interrupted", NodeProcesses.Status(_script.Out));
        Assert.Empty(_script.LeftBehind());
        using var again = _script.Start(["--nodes", "2", "--out", _script.Out, "--resume", .. shorter]);
        Assert.Equal(ExitCode.Done, await again.EndsAsync());
        Assert.Equal(await ClusterScript.WeightsOfOneProcessAsync(shorter), NodeProcesses.Weights(_script.Out));
    }

    [Fact]
    public async Task The_script_stops_and_continues_its_nodes()
    {
        using var script = _script.Start("--nodes", "2", "--out", _script.Out, "--set", "training.iterations=1000000");
        await NodeProcesses.TrainsAsync(_script.Out);
        script.Signal(NodeProcess.TerminalStop);
        await script.IsStoppedAsync();
        script.Signal(NodeProcess.Continue);
        script.Signal(NodeProcess.Terminate);
        Assert.Equal(ExitCode.Interrupted, await script.EndsAsync());
        Assert.Empty(_script.LeftBehind());
    }

    [Fact]
    public async Task No_node_outlives_a_script_that_quits()
    {
        using var script = _script.Start("--nodes", "2", "--out", _script.Out, "--set", "training.iterations=1000000");
        await NodeProcesses.TrainsAsync(_script.Out);
        script.Signal(NodeProcess.Quit);
        Assert.Equal(128 + NodeProcess.Quit, await script.EndsAsync());
        Assert.Empty(_script.LeftBehind());
    }

    [Theory]
    [InlineData(">&- 2>&-")]
    [InlineData("> /dev/full 2>&1")]
    [InlineData("2>&1 | head -n 1; exit ${PIPESTATUS[0]}")]
    public async Task The_script_trains_wherever_its_output_goes(string redirection)
    {
        using var script = _script.StartShell($"--nodes 1 --set training.iterations=3 {redirection}");
        Assert.Equal(ExitCode.Done, await script.EndsAsync());
        Assert.Equal("done", NodeProcesses.Status(_script.Out));
    }

    [Fact]
    public async Task A_scenario_s_record_in_a_folder_in_use_is_not_touched()
    {
        var note = Path.Combine(Directory.CreateDirectory(Path.Combine(_script.Out, "struck")).FullName, "event-1-crash");
        await File.WriteAllTextAsync(note, "node-1\n", TestContext.Current.CancellationToken);
        using var holder = ExperimentFolder.Hold(_script.Out);
        using var script = _script.Start("--nodes", "2", "--out", _script.Out, "--scenario", "storm");
        Assert.Equal(ExitCode.BadSettings, await script.EndsAsync());
        Assert.Contains($"found {_script.Out} in use", script.Said, StringComparison.Ordinal);
        Assert.True(File.Exists(note));
    }

    [Fact]
    public async Task A_kill_every_other_second_changes_no_bit()
    {
        using var script = _script.Start("--nodes", "3", "--out", _script.Out, "--kill-every", "2");
        await script.SaysAsync("kill 1: ");
        Assert.Equal(ExitCode.Done, await script.EndsAsync());
        Assert.Equal(await ClusterScript.WeightsOfOneProcessAsync(), NodeProcesses.Weights(_script.Out));
        Assert.Empty(_script.LeftBehind());
    }

    /// <summary>The stage that died reaches the same instant again, in the retry and on another node.</summary>
    [Fact]
    public async Task A_scenario_s_events_happen_once_and_change_no_bit()
    {
        var scenario = _script.Write(
            """
            events = [
              { crash = "stage 1", at = "iteration 3, backward" }
              { join = "a node", at = "iteration 4" }
              { corrupt = "stage 1", part = activation, pattern = row, at = "iteration 6" }
              { out-of-memory = "stage 2", at = "iteration 8" }
            ]
            """,
            "trouble.conf");
        const string Fewer = "training.iterations=40";
        using var script = _script.Start("--nodes", "3", "--out", _script.Out, "--scenario", scenario, "--set", Fewer);
        Assert.Equal(ExitCode.Done, await script.EndsAsync());
        Assert.Equal(await ClusterScript.WeightsOfOneProcessAsync("--set", Fewer), NodeProcesses.Weights(_script.Out));
        Assert.Equal(4, script.Said.Split('\n').Count(line => line.StartsWith("  injected 1 time: ", StringComparison.Ordinal)));
        Assert.Single(script.Said.Split('\n'), line => line.Contains("scenario: crash of stage 1", StringComparison.Ordinal));
        Assert.Empty(_script.LeftBehind());
    }

    [Fact]
    public async Task An_event_that_never_came_fails_the_script_and_is_named()
    {
        var scenario = _script.Write("events = [ { slow = \"stage 0\", factor = 2, for = 1s, at = 99h } ]", "never.conf");
        using var script = _script.Start("--nodes", "1", "--out", _script.Out, "--scenario", scenario, "--set", "training.iterations=3");
        Assert.Equal((int)CaseVerdict.Wrong, await script.EndsAsync());
        Assert.Contains("never: an event never came: slow of stage 0 (factor 2) after 356400 s, for 1 s (never.conf:1)", script.Said, StringComparison.Ordinal);
        Assert.Equal("done", NodeProcesses.Status(_script.Out));
    }

    [Fact]
    public async Task An_event_that_no_real_process_can_have_is_refused_before_anything_starts()
    {
        var scenario = _script.Write("events = [ { duplicate = \"node-1\", count = 3, at = 2s } ]", "twice.conf");
        using var script = _script.Start("--nodes", "2", "--out", _script.Out, "--scenario", scenario);
        Assert.Equal(ExitCode.BadSettings, await script.EndsAsync());
        Assert.Contains(
            "twice.conf:1: duplicate of node-1 (count 3) after 2 s: expected a failure that can be injected into real processes", script.Said,
            StringComparison.Ordinal);
        Assert.DoesNotContain("joined", script.Said, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_scenario_edited_since_is_refused_before_the_run_resumes()
    {
        var notes = Directory.CreateDirectory(Path.Combine(_script.Out, "struck")).FullName;
        await File.WriteAllTextAsync(
            Path.Combine(notes, "event-1-crash"), "node-1\ncrash of stage 1 at iteration 3, forward\n", TestContext.Current.CancellationToken);
        var scenario = _script.Write("events = [ { crash = \"stage 1\", at = \"iteration 4\" } ]", "edited.conf");
        using var script = _script.Start("--nodes", "2", "--out", _script.Out, "--scenario", scenario, "--resume");
        Assert.Equal(ExitCode.BadSettings, await script.EndsAsync());
        Assert.Contains(
            "event-1-crash: expected a note of the scenario edited, found one of another: crash of stage 1 at iteration 3, forward", script.Said,
            StringComparison.Ordinal);
        Assert.DoesNotContain("joined", script.Said, StringComparison.Ordinal);
    }
}
