using System.Text.RegularExpressions;
using PipelineRobustness.Cli;
using PipelineRobustness.Hosting;

namespace PipelineRobustness.Tests.Experiments;

/// <summary>Overlapping events of one kind, and messages that are lost while something is written.</summary>
public sealed partial class OverlapSpecs : IDisposable
{
    private const string Counted =
        """
        model { numerics = shapes, layers = 4 }
        pipeline.stages = 4
        training { iterations = 12, micro-batches = 2, sequence-length = 64 }
        checkpoint { every = 1, within = 0s }
        evaluation.windows = 1
        """;

    private readonly ExperimentFiles _files = new();

    public void Dispose() => _files.Dispose();

    [Theory]
    [InlineData("pause = \"stage 1\", for = 30s", "pause = \"stage 1\", for = 1s")]
    [InlineData("pause = \"the server\", for = 5s", "pause = \"the server\", for = 1s")]
    [InlineData("partition = \"stage 1\", for = 5s", "partition = \"stage 1\", for = 1s")]
    [InlineData("slow = \"stage 1\", factor = 8, for = 1h", "slow = \"stage 1\", factor = 2, for = 1s")]
    [InlineData("full-disk = all, for = 1h", "full-disk = all, for = 1s")]
    public async Task A_longer_fault_is_not_ended_by_a_shorter_one(string longer, string shorter)
    {
        var alone = await SimulateAsync($"{{ {longer}, at = 2s }}");
        Assert.Equal(alone, await SimulateAsync($"{{ {longer}, at = 2s }}, {{ {shorter}, at = 2500ms }}"));
        Assert.NotEqual(alone, await SimulateAsync($"{{ {shorter}, at = 2500ms }}"));
    }

    /// <summary>Otherwise the server would wait for that checkpoint and begin no other.</summary>
    [Fact]
    public async Task A_lost_shard_confirmation_costs_only_its_checkpoint() =>
        Assert.Contains(
            "\n  1 checkpoint not written", await PlayAsync("{ lose = \"stage 3\", at = \"iteration 2, committed\", count = 1 }"), StringComparison.Ordinal);

    // How long it took, and which checkpoints it cost.
    private async Task<string> SimulateAsync(string events) => string.Join('\n', Telling().Matches(await PlayAsync(events)).Select(line => line.Value));

    private async Task<string> PlayAsync(string events)
    {
        var output = new StringWriter();
        var scenario = _files.Write($"events = [ {events} ]", "overlap.conf");
        var code = await CommandLine.InvokeAsync(["simulate", _files.Write(Counted), "--flops", "1e8", "--scenario", scenario], output, output);
        Assert.True(code == ExitCode.Done, output.ToString());
        return output.ToString();
    }

    [GeneratedRegex("virtual time.*|.*not written.*")]
    private static partial Regex Telling();
}
