using PipelineRobustness.Adversity.Network;
using PipelineRobustness.Cli;
using PipelineRobustness.Experiments.Runs;
using PipelineRobustness.Experiments.Scenarios;
using PipelineRobustness.Hosting;
using PipelineRobustness.Models;

namespace PipelineRobustness.Tests.Experiments;

/// <summary>A user-defined network.</summary>
public sealed class NetworkFileSpecs : IDisposable
{
    private const string Two = "places = [ berlin, boston ]\nround-trip = [ [ 1, 95 ], [ 95.5, 2 ] ]\nbytes-per-second = 1e6\n";

    private readonly ExperimentFiles _files = new();

    public void Dispose() => _files.Dispose();

    [Fact]
    public void A_network_file_has_places_latencies_and_bandwidths()
    {
        var plan = Read(Two + "jitter = 0.5");
        Assert.Equal(("n", 1e6, 0.5), (plan.Name, plan.BytesPerSecond, plan.Jitter));
        Assert.Equal(["berlin", "boston"], plan.Places);
        Assert.Equal(new[,] { { 1.0, 95 }, { 95.5, 2 } }, plan.RoundTrip);
        Assert.Equal(0, Read(Two).Jitter);
    }

    /// <summary>Half a round trip plus size over bandwidth.</summary>
    [Fact]
    public void A_message_takes_the_time_the_network_file_says()
    {
        var network = new VirtualNetwork(Read(Two), 1, () => TimeSpan.Zero);
        Assert.Equal(TimeSpan.FromSeconds(2 + (0.095 / 2)), network.Transfer("node-1", "node-2", 2_000_000));
        Assert.Equal(TimeSpan.FromSeconds(0.001 / 2), network.Transfer("node-1", "node-3", 0));
    }

    /// <summary>Of messages that are lost, late, come twice or in another order, however many the later failure is of.</summary>
    [Fact]
    public void A_smaller_failure_does_not_end_a_larger_one()
    {
        List<(int Times, double After)> Carried(Action<VirtualNetwork> disturb)
        {
            var network = new VirtualNetwork(NetworkPlan.OneRack, 1, () => TimeSpan.Zero);
            disturb(network);
            return [.. Enumerable.Range(0, 4).Select(_ => network.Carry("node-1", "node-2", 0)).Select(d => (d.Times, Math.Round(d.After.TotalSeconds)))];
        }

        var (one, two) = (TimeSpan.FromSeconds(10), TimeSpan.FromSeconds(20));
        Assert.Equal([(0, 0), (0, 0), (0, 0), (1, 0)], Carried(network => { network.Lose("node-1", 3); network.Lose("node-1", 1); }));
        Assert.Equal([(2, 0), (2, 0), (2, 0), (1, 0)], Carried(network => { network.Duplicate("node-1", 3); network.Duplicate("node-1", 1); }));
        Assert.Equal([(1, 20), (1, 20), (1, 20), (1, 0)], Carried(network => { network.Delay("node-1", 3, two); network.Delay("node-1", 1, one); }));
        Assert.Equal([(1, 20), (1, 13), (1, 7), (1, 0)], Carried(network => { network.Reorder("node-1", 3, two); network.Reorder("node-1", 2, one); }));
    }

    [Theory]
    [InlineData("places = [ a ]\nround-trip = [ [ 1 ] ]", "n.conf: bytes-per-second: expected .., found none")]
    [InlineData("places = []", "n.conf:1: places: expected .., found 0")]
    [InlineData("place = [ a ]", "n.conf:1: place: .. places?")]
    [InlineData("places = [ a, b ]\nround-trip = [ [ 1, 2 ] ]", "n.conf:2: round-trip: expected .. 2 .. 2 .., found 1")]
    [InlineData("places = [ a ]\nround-trip = [ [ 1, 2 ] ]", "n.conf:2: round-trip: expected .. 1 .. 1 .., found 2")]
    [InlineData("places = [ a ]\nround-trip = [ [ -1 ] ]", "n.conf:2: round-trip: expected .. 0 .. 86400000 .., found -1")]
    [InlineData("places = [ a, b, a ]", "n.conf:1: places: expected .., found a 2 times")]
    [InlineData("places = [ a ]\nround-trip = 7", "n.conf:2: round-trip: expected .. 1 .. 1 .., found 7")]
    [InlineData("places = [ a ]\nround-trip = [ [ 1 ] ]\nbytes-per-second = 0", "n.conf:3: bytes-per-second: expected .. 1 .. 1000000000000000 .., found 0")]
    [InlineData("places = [ a ]\nround-trip = [ [ 1 ] ]\nbytes-per-second = 1\njitter = 2", "n.conf:4: jitter: expected .. 0 .. 1 .., found 2")]
    public void A_mistake_in_a_network_file_is_named(string text, string message) =>
        Refusal.Like(message, Assert.Throws<BadInputException>(() => Read(text)).Message);

    [Fact]
    public async Task A_simulation_runs_on_a_network_file()
    {
        _files.Write(Two, "mine.conf");
        using var experiment = PreparedExperiment.Prepare(_files.Read("simulation.network = mine.conf"));
        Assert.Equal(["berlin", "boston"], experiment.Runs[0].Network.Places);
        var output = new StringWriter();
        var code = await CommandLine.InvokeAsync(
            ["simulate", _files.Write("training.iterations = 2"), "--network", Path.Combine(_files.Folder, "mine.conf")], output, output);
        Assert.True(code == ExitCode.Done, output.ToString());
        Assert.Contains("over mine: right", output.ToString(), StringComparison.Ordinal);
    }

    private NetworkPlan Read(string text) => NetworkFile.Read(_files.Write(text, "n.conf"), "test");
}
