using PipelineRobustness.Cli;
using PipelineRobustness.Experiments.Campaign;
using PipelineRobustness.Experiments.Scenarios;

namespace PipelineRobustness.Tests.Cli;

/// <summary>The output of a simulation.</summary>
public sealed class SimulationReportSpecs
{
    [Theory]
    [InlineData(-0.0004, "0.000")]
    [InlineData(-0.0006, "-0.001")]
    [InlineData(1234.5, "1,234.500")]
    public void A_zero_duration_has_no_sign(double lost, string message) =>
        Assert.EndsWith($" {message}  \n", Output(Losing(lost)).Split("Crash of stage 1")[1].Split('\n')[0] + "\n", StringComparison.Ordinal);

    [Fact]
    public void The_report_lists_only_the_longest_of_very_many_recoveries()
    {
        var recoveries = Enumerable.Range(1, 25).Select(n => new Recovery(TimeSpan.FromSeconds(n), $"number {n}", false, TimeSpan.FromSeconds(n % 5)));
        var output = Output(Losing(1) with { Recoveries = [.. recoveries] });
        Assert.Contains("  24.000 s: number 24; resumed after 4.000 s\n", output, StringComparison.Ordinal);
        Assert.DoesNotContain("number 25;", output, StringComparison.Ordinal);
        Assert.Contains("  5 others that took less time\n", output, StringComparison.Ordinal);
    }

    [Fact]
    public void A_fall_back_names_the_version_it_resumed_from()
    {
        var back = new Recovery(TimeSpan.FromSeconds(3), "all went", false, TimeSpan.FromSeconds(1), FellBackTo: 1200);
        var output = Output(Losing(1) with { Recoveries = [back] });
        Assert.Contains("3.000 s: all went; resumed after 1.000 s, from version 1,200\n", output, StringComparison.Ordinal);
    }

    [Fact]
    public void The_bubble_is_labelled_with_its_schedule() =>
        Assert.Contains("bubble (zigzag: 25.0 %)", Output(Losing(1)), StringComparison.Ordinal);

    private static ScenarioResult Losing(double lost)
    {
        var course = new RunTimeline
        {
            Elapsed = TimeSpan.FromSeconds(1),
            Reached = [TimeSpan.Zero],
            Stages = [default],
            Trained = default,
            BytesMoved = 0,
            TokensPerIteration = 1,
        };
        var loss = new InjectionCost("Crash of stage 1", TimeSpan.Zero, null, null, TimeSpan.FromSeconds(lost));
        return new ScenarioResult("run", "trouble", new("one-rack", 1, 1), CaseVerdict.Right, "why", course, course, new("zigzag", 0.25), [], [], [loss]);
    }

    private static string Output(ScenarioResult result)
    {
        var writer = new StringWriter();
        SimulationReport.Print(result, Consoles.Over(writer));
        return writer.ToString();
    }
}
