using PipelineRobustness.Adversity;
using PipelineRobustness.Cli;
using PipelineRobustness.Experiments;
using PipelineRobustness.Models;
using PipelineRobustness.Tests.Ground;

namespace PipelineRobustness.Tests.Experiments;

/// <summary>Scenarios that can be read aloud, and those that are shipped.</summary>
public sealed class ScenarioSpecs : IDisposable
{
    private readonly ExperimentFiles _files = new();

    public static TheoryData<string> Shipped => [.. ScenarioFile.Shipped];

    public void Dispose() => _files.Dispose();

    [Theory, MemberData(nameof(Shipped))]
    public async Task A_shipped_scenario_ends_with_the_undisturbed_bits_and_every_event_strikes(string name)
    {
        var told = new StringWriter();
        var code = await CommandLine.InvokeAsync(
            ["simulate", Path.Combine(Repository.Root, "hocon", "simulate.conf"), "--scenario", name], told, told);
        Assert.True(code == ExitCode.Done, told.ToString());
        Assert.Contains($"{name} over one-rack: right", told.ToString(), StringComparison.Ordinal);
        Assert.DoesNotContain("struck 0 times", told.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public void There_is_one_for_every_trouble_that_the_readme_names() => Assert.Equal(
        [
            "byzantine-and-crash-together", "crash-and-recover", "flapping-node", "rolling-restart", "second-fault-while-recovering", "server-lost",
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
                new Failure { Kind = FailureKind.Crash, Target = new(TargetKind.Stage, 2), At = new(3, Phase.Backward, 1) },
                new Failure
                {
                    Kind = FailureKind.Slow, Target = new(TargetKind.Stage, 1), Factor = 4, After = TimeSpan.FromSeconds(90), Lasts = TimeSpan.FromMinutes(2),
                },
                new Failure
                {
                    Kind = FailureKind.Corrupt, Target = new(TargetKind.Stage, 0), Part = CorruptedPart.Moment, Pattern = CorruptionPattern.SeveralBits,
                    At = new(7, Phase.Committed),
                },
                new Failure { Kind = FailureKind.Crash, Every = TimeSpan.FromHours(1.5) },
                new Failure
                {
                    Kind = FailureKind.Reorder, Target = new(TargetKind.Server), Count = 5, After = TimeSpan.FromSeconds(1), Lasts = TimeSpan.FromSeconds(2),
                },
                new Failure { Kind = FailureKind.Corrupt, Target = new(TargetKind.Stage), Pattern = CorruptionPattern.NotANumber, At = new(1) },
            ],
            scenario.Failures);
    }

    [Theory]
    [InlineData("{ crush = \"stage 2\", at = 1s }", "s.conf:2: crush: no such word; did you mean crash?")]
    [InlineData("{ crash = \"stage two\", at = 1s }", "s.conf:2: crash: expected stage N, node-N, any node or the server, found stage two")]
    [InlineData("{ crash = \"stage 2\" }", "s.conf:2: expected one of at and every, found neither")]
    [InlineData("{ crash = \"stage 2\", hang = \"stage 2\", at = 1s }", "s.conf:2: expected one of crash, hang,")]
    [InlineData("{ crash = \"stage 2\", at = \"iteration 2, sideways\" }", "s.conf:2: at: expected a duration, or iteration N, then forward")]
    [InlineData("{ slow = \"stage 2\", factor = -1, at = 1s }", "s.conf:2: factor: expected a number above 0, found -1")]
    [InlineData("{ lose = \"node-1\", count = 1.5, at = 1s }", "s.conf:2: count: expected a whole number from 1 to 1000000, found 1.5")]
    [InlineData("{ crash = \"the server\", wakes-up = maybe, at = 1s }", "s.conf:2: wakes-up: expected true or false, found maybe")]
    public void What_is_wrong_is_named_where_it_stands(string written, string told) =>
        Assert.StartsWith(told, Assert.Throws<BadInputException>(() => Read(written)).Message, StringComparison.Ordinal);

    [Fact]
    public async Task An_event_that_never_comes_fails_the_scenario()
    {
        var scenario = _files.Write("events = [ { crash = \"stage 1\", at = \"iteration 99\" } ]", "never.conf");
        var told = new StringWriter();
        var code = await CommandLine.InvokeAsync(["simulate", Path.Combine(Repository.Root, "hocon", "simulate.conf"), "--scenario", scenario], told, told);
        Assert.Equal((int)CaseVerdict.Wrong, code);
        Assert.Contains("an event never came: Crash of stage 1 at iteration 99", told.ToString(), StringComparison.Ordinal);
    }

    private Scenario Read(string events) => ScenarioFile.Read(_files.Write($"events = [\n{events}\n]", "s.conf"));
}
