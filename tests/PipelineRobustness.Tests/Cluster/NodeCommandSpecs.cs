using PipelineRobustness.Cli;

namespace PipelineRobustness.Tests.Cluster;

/// <summary>Real processes: they come to the bits of one, through the death of any, and end with a code that says why.</summary>
public sealed class NodeCommandSpecs
{
    private const string Short = """
        seed = 21
        pipeline.stages = 3
        training { iterations = 5, micro-batches = 2, sequence-length = 16 }
        evaluation.windows = 8
        defence { remedy = substitute, copies = ring }
        """;

    private static readonly string Endless = Short.Replace("iterations = 5", "iterations = 1000000", StringComparison.Ordinal);

    /// <summary>Nobody; the server's node; a node that has prepared and not said so; one that has stepped and may be alone in that.</summary>
    [Theory]
    [InlineData(0, "")]
    [InlineData(1, "2:backward")]
    [InlineData(2, "2:prepared")]
    [InlineData(3, "2:committed")]
    public async Task Three_processes_reach_the_bits_of_one_through_the_death_of_any(int killed, string at)
    {
        using var cluster = new NodeProcesses(3, Short);
        await ComesToTheBitsOfOneAsync(cluster, [.. Enumerable.Range(1, 3).Select(n => n == killed ? at : "")]);
    }

    /// <summary>Two that are no ring neighbours at once; two that are; one while another is being recovered.</summary>
    [Theory]
    [InlineData("2:backward", "", "2:backward", "")]
    [InlineData("", "2:backward", "2:backward", "")]
    [InlineData("", "2:forward", "", "2:prepared")]
    public async Task Four_processes_reach_the_bits_of_one_through_the_death_of_two(params string[] at)
    {
        using var cluster = new NodeProcesses(4, Short.Replace("stages = 3", "stages = 4", StringComparison.Ordinal));
        await ComesToTheBitsOfOneAsync(cluster, at);
    }

    [Fact]
    public async Task Processes_without_copies_fall_back_to_the_checkpoint_with_the_bits_of_one()
    {
        using var cluster = new NodeProcesses(
            3, Short.Replace("defence { remedy = substitute, copies = ring }", "checkpoint.every = 2", StringComparison.Ordinal));
        await ComesToTheBitsOfOneAsync(cluster, ["", "4:backward", ""]);
        Assert.Contains("all blocks from the checkpoint of version", cluster.Said, StringComparison.Ordinal);
    }

    /// <summary>Stopped and woken, hung, slowed down, cut off for a moment, with a disk that is full: nobody is given up, and nothing is lost.</summary>
    [Fact]
    public async Task A_pause_that_ends_in_time_changes_no_bit()
    {
        using var cluster = new NodeProcesses(3, Short.Replace("iterations = 5", "iterations = 8", StringComparison.Ordinal) + "\ncheckpoint.every = 2");
        var scenario = cluster.Write(
            """
            events = [
              { pause = "stage 1", at = "iteration 1", for = 1s }
              { hang = "stage 2", at = "iteration 2, backward", for = 200ms }
              { slow = "stage 0", factor = 2, at = "iteration 3", for = 1m }
              { full-disk = "all", at = "iteration 3, prepared", for = 1m }
            ]
            """,
            "passing.conf");
        var nodes = Enumerable.Range(0, 3).Select(_ => cluster.Start("--scenario", scenario)).ToArray();
        foreach (var node in nodes) Assert.True(await node.EndsAsync() == ExitCode.Done, cluster.Said);
        Assert.Equal(await cluster.WeightsOfOneProcessAsync(), cluster.Weights());
        Assert.Equal(4, cluster.Said.Split('\n').Count(line => line.StartsWith("scenario: ", StringComparison.Ordinal)));
        Assert.Contains("checkpoints: ", cluster.Said, StringComparison.Ordinal);
        Assert.Contains("No space left on device", cluster.Said, StringComparison.Ordinal);
    }

    /// <summary>What was on its way is lost with them, the call of the roll perhaps too.</summary>
    [Fact]
    public async Task Broken_connections_are_reopened_and_change_no_bit()
    {
        using var cluster = new NodeProcesses(3, Short + "\nrecovery.state-timeout = 3s");
        var scenario = cluster.Write("events = [ { partition = \"stage 1\", at = \"iteration 2\", for = 1ms } ]", "cut.conf");
        var nodes = Enumerable.Range(0, 3).Select(_ => cluster.Start("--scenario", scenario)).ToArray();
        foreach (var node in nodes) Assert.True(await node.EndsAsync() == ExitCode.Done, cluster.Said);
        Assert.Equal(await cluster.WeightsOfOneProcessAsync(), cluster.Weights());
        Assert.Contains(" broke: ", cluster.Said, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_paused_half_is_removed_and_stops_itself_when_it_wakes()
    {
        using var cluster = new NodeProcesses(4, Endless);
        var nodes = cluster.StartAll();
        await nodes[0].SaysAsync("node-4 joined");
        await cluster.TrainsAsync();
        foreach (var node in nodes[2..]) node.Signal(NodeProcess.Stop);
        await nodes[0].SaysAsync("goes on behind iteration");
        foreach (var node in nodes[2..]) node.Signal(NodeProcess.Continue);
        foreach (var node in nodes[2..]) Assert.Equal(ExitCode.CutOff, await node.EndsAsync());
        nodes[1].Signal(NodeProcess.Interrupt);
        foreach (var node in nodes[..2]) Assert.Equal(ExitCode.Interrupted, await node.EndsAsync());
    }

    [Fact]
    public async Task A_node_asked_to_leave_hands_its_stages_over()
    {
        using var cluster = new NodeProcesses(2, Endless);
        var nodes = cluster.StartAll();
        await nodes[0].SaysAsync("node-2 joined");
        await cluster.TrainsAsync();
        nodes[1].Signal(NodeProcess.Terminate);
        Assert.Equal(ExitCode.Done, await nodes[1].EndsAsync());
        nodes[0].Signal(NodeProcess.Terminate);
        Assert.Equal(ExitCode.Interrupted, await nodes[0].EndsAsync());
    }

    /// <summary>Its stages move off, then its seat is another's: nothing is lost that would have to come from a checkpoint.</summary>
    [Fact]
    public async Task The_server_s_node_can_leave_and_nothing_is_lost()
    {
        using var cluster = new NodeProcesses(3, Endless);
        // One after the other: the seat goes to who has been here longest.
        NodeProcess[] nodes = [cluster.Start(), cluster.Start()];
        await nodes[0].SaysAsync("node-2 joined");
        nodes = [.. nodes, cluster.Start()];
        await nodes[0].SaysAsync("node-3 joined");
        await cluster.TrainsAsync();
        nodes[0].Signal(NodeProcess.Terminate);
        Assert.Equal(ExitCode.Done, await nodes[0].EndsAsync());
        await nodes[1].SaysAsync("node-2 has the server's seat");
        await nodes[1].SaysAsync("goes on behind iteration");
        Assert.DoesNotContain("all blocks from", nodes[1].Said, StringComparison.Ordinal);
        nodes[1].Signal(NodeProcess.Interrupt);
        foreach (var node in nodes[1..]) Assert.Equal(ExitCode.Interrupted, await node.EndsAsync());
    }

    /// <summary>So that one command starts every node, as in a StatefulSet.</summary>
    [Fact]
    public async Task The_first_seed_node_founds_the_cluster()
    {
        using var cluster = new NodeProcesses(2, Short);
        string[] seeds = ["--seed-node", cluster.Address(0), "--seed-node", cluster.Address(1)];
        var nodes = new[] { cluster.Start(seeds), cluster.Start(seeds) };
        foreach (var node in nodes) Assert.Equal(ExitCode.Done, await node.EndsAsync());
        Assert.Contains("results go to", nodes[0].Said, StringComparison.Ordinal);
        Assert.Equal(await cluster.WeightsOfOneProcessAsync(), cluster.Weights());
    }

    /// <summary>What is of the first run and what is of the second is told apart by ballots alone.</summary>
    [Fact]
    public async Task Two_runs_in_sequence_need_no_recovery()
    {
        using var cluster = new NodeProcesses(2, Short + "\nruns = [{ name = first }, { name = second, from = first }]");
        var nodes = cluster.StartAll();
        foreach (var node in nodes)
        {
            Assert.Equal(ExitCode.Done, await node.EndsAsync());
            Assert.DoesNotContain("recovering", node.Said, StringComparison.Ordinal);
        }

        Assert.Equal(await cluster.WeightsOfOneProcessAsync(), cluster.Weights());
    }

    [Theory]
    [InlineData(NodeProcess.Interrupt)]
    [InlineData(NodeProcess.Terminate)]
    public async Task A_node_waiting_for_others_still_obeys_an_interrupt(int signal)
    {
        using var cluster = new NodeProcesses(2, Short);
        var node = cluster.Start();
        await node.SaysAsync("base: ");
        node.Signal(signal);
        Assert.Equal(ExitCode.Interrupted, await node.EndsAsync());
    }

    [Fact]
    public async Task A_run_waiting_for_capacity_is_interrupted_at_once_and_has_not_failed()
    {
        using var cluster = new NodeProcesses(1, Short);
        var node = cluster.Start("--stages", "2");
        await node.SaysAsync("base: ");
        node.Signal(NodeProcess.Interrupt);
        Assert.Equal(ExitCode.Interrupted, await node.EndsAsync());
        Assert.DoesNotContain("failed", node.Said, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_port_in_use_is_refused()
    {
        using var cluster = new NodeProcesses(2, Endless);
        var first = cluster.Start();
        await first.SaysAsync("node-1 joined");
        var second = cluster.Start("--port", cluster.Address(0).Split(':')[1]);
        Assert.Equal(ExitCode.BadSettings, await second.EndsAsync());
        Assert.Contains("cluster.port: expected an address to listen at", second.Said, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_node_name_in_use_is_refused()
    {
        using var cluster = new NodeProcesses(3, Endless);
        var first = cluster.Start();
        await first.SaysAsync("node-1 joined");
        var second = cluster.Start("--name", "node-1");
        Assert.Equal(ExitCode.BadSettings, await second.EndsAsync());
        Assert.Contains("two nodes are called node-1", second.Said, StringComparison.Ordinal);
        await first.SaysAsync("is left out");
    }

    [Fact]
    public async Task A_node_that_no_seed_admits_ends_with_its_own_exit_code()
    {
        using var cluster = new NodeProcesses(1, Short);
        var node = cluster.Start("--seed-node", "127.0.0.1:1", "--set", "cluster.join-within=1s");
        Assert.Equal(ExitCode.NotJoined, await node.EndsAsync());
        Assert.Contains("127.0.0.1:1", node.Said, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Another_experiment_is_turned_away()
    {
        using var cluster = new NodeProcesses(2, Endless);
        var first = cluster.Start();
        var other = cluster.Start("--set", "training.micro-batches=4");
        Assert.Equal(ExitCode.BadSettings, await other.EndsAsync());
        Assert.Contains("node-1 works experiment", other.Said, StringComparison.Ordinal);
        await first.SaysAsync("node-2 is left out");
    }

    [Theory]
    [InlineData("--kill-at", "soon")]
    [InlineData("--scenario", "nix")]
    [InlineData("--host", "10.0.0.1")]
    [InlineData("--seed-node", "nowhere")]
    [InlineData("--host", "0.0.0.0")]
    [InlineData("--device", "cuda:77")]
    [InlineData("--ready-file", "/nowhere/at/all")]
    public async Task A_bad_node_setting_is_named(string option, string value)
    {
        using var cluster = new NodeProcesses(1, Short);
        var node = cluster.Start(option, value);
        Assert.Equal(ExitCode.BadSettings, await node.EndsAsync());
        Assert.Contains(value, node.Said, StringComparison.Ordinal);
        Assert.Contains(option is "--device" ? "cluster.device" : option, node.Said, StringComparison.Ordinal);
    }

    // Each node of a cluster, and where it is to kill itself, or nothing.
    private static async Task ComesToTheBitsOfOneAsync(NodeProcesses cluster, string[] at)
    {
        var nodes = at.Select(instant => cluster.Start(instant.Length > 0 ? ["--kill-at", instant] : [])).ToArray();
        var alone = await cluster.WeightsOfOneProcessAsync();
        for (var n = 0; n < nodes.Length; n++)
        {
            var code = await nodes[n].EndsAsync();
            Assert.True(code == (at[n].Length > 0 ? 128 + NodeProcess.Kill : ExitCode.Done), $"node-{n + 1} ended with {code}:\n{nodes[n].Said}");
        }

        Assert.Equal(alone, cluster.Weights());
    }
}
