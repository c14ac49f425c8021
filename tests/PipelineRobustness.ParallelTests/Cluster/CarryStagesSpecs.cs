using PipelineRobustness.Hosting;

namespace PipelineRobustness.Tests.Cluster;

/// <summary>The sample joins a real cluster, and the run ends as in one process.</summary>
[Collection(Clusters.OfHealthyNodes)]
public sealed class CarryStagesSpecs
{
    [Fact]
    public async Task The_sample_carries_stages_and_the_run_ends_with_the_bits_of_one_process()
    {
        using var cluster = new NodeProcesses(2, NodeProcesses.Short);
        var leader = cluster.Start("--stages", "1");
        using var carrier = cluster.StartSample("CarryStages.dll");
        Assert.True(await leader.EndsAsync() == ExitCode.Done, cluster.Said);
        Assert.True(await carrier.EndsAsync() == ExitCode.Done, carrier.Said);
        Assert.Contains("carrier joined", leader.Said, StringComparison.Ordinal);
        Assert.Equal(await cluster.WeightsOfOneProcessAsync(), cluster.Weights());
    }

    [Theory]
    [InlineData("CarryStages: expected FILE.conf OUTPUT-FOLDER HOST:PORT, found 0 arguments")]
    [InlineData("CarryStages: absent.conf: expected a file, found nothing there", "absent.conf", "out", "127.0.0.1:4053")]
    public async Task The_sample_refuses_wrong_input_in_one_line_as_the_command_line_does(string line, params string[] arguments)
    {
        using var carrier = NodeProcess.StartProgram("dotnet", [Path.Combine(AppContext.BaseDirectory, "CarryStages.dll"), .. arguments]);
        Assert.Equal((ExitCode.BadSettings, line), (await carrier.EndsAsync(), carrier.Said));
    }
}
