using PipelineRobustness.Hosting;


namespace PipelineRobustness.Tests.Cluster;

/// <summary>Real processes under faults that end: pauses, hangs, broken connections.</summary>
[Collection(Clusters.OfFailingNodes)]
public sealed class NodeFaultSpecs
{
    /// <summary>Paused, hung, slowed down, or with a full disk: no node is given up, and nothing is lost.</summary>
    [Fact]
    public async Task A_pause_that_ends_in_time_changes_no_bit()
    {
        var experiment = NodeProcesses.Short.Replace("iterations = 5", "iterations = 8", StringComparison.Ordinal) + "\ncheckpoint.every = 2";
        using var cluster = new NodeProcesses(3, experiment);
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

    /// <summary>Messages in transit are lost with them, perhaps including the state query.</summary>
    [Fact]
    public async Task Broken_connections_are_reopened_and_change_no_bit()
    {
        using var cluster = new NodeProcesses(3, NodeProcesses.Short + "\nrecovery.state-timeout = 3s");
        var scenario = cluster.Write("events = [ { partition = \"stage 1\", at = \"iteration 2\", for = 1ms } ]", "cut.conf");
        var nodes = Enumerable.Range(0, 3).Select(_ => cluster.Start("--scenario", scenario)).ToArray();
        foreach (var node in nodes) Assert.True(await node.EndsAsync() == ExitCode.Done, cluster.Said);
        Assert.Equal(await cluster.WeightsOfOneProcessAsync(), cluster.Weights());
        Assert.Contains(" broke: ", cluster.Said, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_paused_half_is_removed_and_stops_itself_when_it_wakes()
    {
        using var cluster = new NodeProcesses(4, NodeProcesses.Endless);
        var nodes = cluster.StartAll();
        await nodes[0].SaysAsync("node-4 joined");
        await cluster.TrainsAsync();
        foreach (var node in nodes[2..]) node.Signal(NodeProcess.Stop);
        await nodes[0].SaysAsync("resumes after iteration");
        foreach (var node in nodes[2..]) node.Signal(NodeProcess.Continue);
        foreach (var node in nodes[2..]) Assert.Equal(ExitCode.CutOff, await node.EndsAsync());
        nodes[1].Signal(NodeProcess.Interrupt);
        foreach (var node in nodes[..2]) Assert.Equal(ExitCode.Interrupted, await node.EndsAsync());
    }
}
