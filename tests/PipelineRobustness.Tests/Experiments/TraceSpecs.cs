using PipelineRobustness.Adversity.Failures;
using PipelineRobustness.Adversity.Failures.Kinds;
using PipelineRobustness.Adversity.Processes;
using PipelineRobustness.Cli;
using PipelineRobustness.Experiments.Scenarios;
using PipelineRobustness.Hosting;
using PipelineRobustness.Models;
using PipelineRobustness.Tests.Ground;

namespace PipelineRobustness.Tests.Experiments;

/// <summary>Machines that join and leave according to a trace.</summary>
public sealed class TraceSpecs : IDisposable
{
    private const string Small = """
        60000,add,a
        60000,add,b
        60000,add,c
        80000,remove,b
        90000,add,d
        100000,add,b
        120000,remove,b
        130000,remove,a
        90000000,remove,d
        """;

    private static readonly string Traces = Path.GetFullPath(Path.Combine("..", "shared", "data", "traces"), Repository.Root);

    private readonly ExperimentFiles _files = new();

    public static TheoryData<string> Recorded => ["g4dn-trace.csv", "p3-trace.csv"];

    public void Dispose() => _files.Dispose();

    [Fact]
    public void A_trace_starts_with_its_first_machines_and_others_join_and_crash()
    {
        var scenario = Scenario("trace = t.csv");
        Assert.Equal(["a", "b", "c"], scenario.Machines);
        Assert.Equal(
            [
                Of(new Crash(), "b", 20), Of(new Join(), "d", 30), Of(new Join(), "b", 40),
                Of(new Crash(), "b", 60), Of(new Crash(), "a", 70), Of(new Crash(), "d", 89_940),
            ],
            scenario.Failures);
    }

    [Fact]
    public void A_trace_can_start_later_and_run_faster()
    {
        var scenario = Scenario("trace = t.csv, from = 90s, speed-up = 10");
        Assert.Equal(["a", "c", "d"], scenario.Machines);
        Assert.Equal((4, Of(new Join(), "b", 1)), (scenario.Failures.Count, scenario.Failures[0]));
    }

    /// <summary>Half a minute before it leaves, but not before it has joined.</summary>
    [Fact]
    public void Machines_with_notice_leave() => Assert.Equal(
        [
            Of(new Leave { Notice = TimeSpan.FromSeconds(20) }, "b", 0),
            Of(new Leave { Notice = TimeSpan.FromSeconds(20) }, "b", 40),
            Of(new Leave { Notice = TimeSpan.FromSeconds(30) }, "a", 40),
        ],
        Scenario("trace = t.csv, notice = 30s").Failures.Where(failure => failure is Leave).Take(3));

    [Theory]
    [InlineData("0,add,a\n5,remove,b", "t.csv:2: expected .., found 5,remove,b")]
    [InlineData("0,add,a\n5,add,a", "t.csv:2: expected .., found 5,add,a")]
    [InlineData("7,add,a\n5,add,b", "t.csv:2: expected .., found 5,add,b")]
    [InlineData("time,event,node", "t.csv:1: expected .. 480000 .., found time,event,node")]
    [InlineData("0,add,a,b", "t.csv:1: expected .. 480000 .., found 0,add,a,b")]
    [InlineData("\n", "t.csv: expected .. 480000 .., found no line")]
    public void A_mistake_in_a_trace_is_named_with_its_line(string trace, string message) => Refusal.Like(message, Refused("trace = t.csv", trace));

    [Theory]
    [InlineData("trace = t.csv, faster = 3", "s.conf:1: faster: .. speed-up ..")]
    [InlineData("trace = t.csv, speed-up = 0", "s.conf:1: speed-up: expected .. 0.01 .. 1000000 .., found 0")]
    [InlineData("trace = t.csv, speed-up = 1e-300", "s.conf:1: speed-up: expected .. 0.01 .. 1000000 .., found 1e-300")]
    [InlineData("trace = t.csv, from = 3000h", "s.conf:1: from: expected .. 0s .. 2777h .. 10s .., found 3000h")]
    [InlineData("trace = t.csv, from = 1s", "s.conf:1: from: expected .., found 1s")]
    [InlineData("trace = t.csv }, { trace = t.csv", "s.conf:1: expected .., found a second one")]
    public void A_mistake_in_a_trace_event_is_named_with_its_line(string written, string message) =>
        Refusal.Like(message, Refused(written, Small));

    [Fact]
    public void A_missing_trace_is_named() =>
        Assert.EndsWith("t.csv: expected a file, found nothing there", Refused("trace = t.csv", null), StringComparison.Ordinal);

    /// <summary>Three machines have four stages; b joins again under another name, and leaves under that name.</summary>
    [Theory]
    [InlineData("", "crash", 60)]
    [InlineData(", notice = 30s", "leave", 40)]
    public async Task A_run_through_a_trace_ends_with_the_undisturbed_bits(string more, string goes, int again)
    {
        _files.Write(Small, "t.csv");
        var (code, output) = await SimulateAsync(_files.Write($"events = [ {{ trace = t.csv{more} }} ]", "s.conf"));
        Assert.True(code == ExitCode.Done, output);
        Assert.Contains("injected 2 times: join by t.csv", output, StringComparison.Ordinal);
        Assert.Contains($"injected 3 times: {goes} by t.csv", output, StringComparison.Ordinal);
        Assert.Matches($"{goes} of b after {again} s.* node-5 ", output);
    }

    [Fact]
    public async Task Machines_are_not_counted_twice()
    {
        _files.Write(Small, "t.csv");
        var (code, output) = await SimulateAsync(_files.Write("events = [ { trace = t.csv } ]", "s.conf"), "--nodes", "5");
        Assert.Equal(ExitCode.BadSettings, code);
        Assert.Contains("--nodes: simulation.nodes: expected 0, since the trace of s begins with 3, found 5", output, StringComparison.Ordinal);
    }

    [Fact]
    public void Real_processes_run_no_trace() => Assert.Equal(
        "s.conf:1: crash of b after 20 s, by t.csv: expected events of its own, since real processes follow no trace (simulate does), found t.csv",
        Assert.Throws<BadInputException>(() => ProcessRules.ThrowIfImpossible(Scenario("trace = t.csv"))).Message);

    /// <summary>Half a day of spot machines in three minutes or so, where ../shared/data has it.</summary>
    [Theory, MemberData(nameof(Recorded))]
    public async Task A_run_survives_a_recorded_trace(string trace)
    {
        Assert.SkipUnless(Directory.Exists(Traces), $"no recorded traces here: {Traces} is absent");
        var (code, output) = await SimulateAsync(_files.Write($"events = [ {{ trace = \"{Path.Combine(Traces, trace)}\", speed-up = 300 }} ]", "s.conf"));
        Assert.True(code == ExitCode.Done, output);
        Assert.Matches($"injected [0-9]{{2,3}} times: crash by {trace}", output);
    }

    private static async Task<(int Code, string Output)> SimulateAsync(string scenario, params string[] more)
    {
        var output = new StringWriter();
        var code = await CommandLine.InvokeAsync(
            ["simulate", Path.Combine(Repository.Root, "hocon", "simulate.conf"), "--scenario", scenario, .. more], output, output);
        return (code, output.ToString());
    }

    private static Failure Of(Failure failure, string machine, double after) => failure with
    {
        Target = new(TargetKind.Traced, Node: machine),
        After = TimeSpan.FromSeconds(after),
        Trace = "t.csv",
        Where = "s.conf:1",
    };

    private Scenario Scenario(string written, string? trace = Small)
    {
        if (trace is not null) _files.Write(trace, "t.csv");
        return ScenarioFile.Read(_files.Write($"events = [ {{ {written} }} ]", "s.conf"));
    }

    private string Refused(string written, string? trace) => Assert.Throws<BadInputException>(() => Scenario(written, trace)).Message;
}
