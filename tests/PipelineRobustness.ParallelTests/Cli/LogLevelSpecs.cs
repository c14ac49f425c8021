using PipelineRobustness.Hosting;
using PipelineRobustness.Tests.Cluster;

namespace PipelineRobustness.Tests.Cli;

/// <summary><c>--log-level</c> of real processes.</summary>
public sealed class LogLevelSpecs
{
    [Fact]
    public async Task A_node_logs_what_Akka_logs_at_the_level_asked_for()
    {
        using var cluster = new NodeProcesses(1, NodeProcesses.Short);
        var node = cluster.Start("--log-level", "information");
        Assert.Equal(ExitCode.Done, await node.EndsAsync());
        Assert.Contains("info: ", node.Said, StringComparison.Ordinal);
        Assert.Contains("Cluster Node [", node.Said, StringComparison.Ordinal);
        Assert.DoesNotContain("dbug: ", node.Said, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_node_logs_nothing_by_default()
    {
        using var cluster = new NodeProcesses(1, NodeProcesses.Short);
        var node = cluster.Start();
        Assert.Equal(ExitCode.Done, await node.EndsAsync());
        Assert.DoesNotContain("info: ", node.Said, StringComparison.Ordinal);
    }

    [Fact]
    public async Task An_unknown_level_is_refused()
    {
        using var cluster = new NodeProcesses(1, NodeProcesses.Short);
        var node = cluster.Start("--log-level", "loud");
        Assert.Equal(ExitCode.BadSettings, await node.EndsAsync());
        Assert.Contains(
            "--log-level: expected one of trace, debug, information, warning, error, critical, none, found loud", node.Said, StringComparison.Ordinal);
    }
}
