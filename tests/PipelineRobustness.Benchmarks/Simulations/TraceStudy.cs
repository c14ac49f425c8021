using PipelineRobustness.Adversity.Failures;
using PipelineRobustness.Adversity.Failures.Kinds;
using PipelineRobustness.Experiments.Scale;
using PipelineRobustness.Experiments.Scenarios;

namespace PipelineRobustness.Benchmarks;

/// <summary>Training on machines that join and leave as recorded in traces of real machines.</summary>
internal sealed class TraceStudy(MarkdownTable table)
{
    /// <summary>Measures the share of the time with enough machines that was spent on effective training.</summary>
    public void Traces(string folder, int stages)
    {
        table.Title(
            "Traces",
            $"{stages} stages on one machine each. Share: the undisturbed time of the committed iterations, relative to the time with enough machines.");
        table.Row(["trace", "defence", "hours", "enough machines", "machines lost", "recoveries", "iterations repeated", "share"]);
        foreach (var trace in Directory.EnumerateFiles(folder, "*.csv").Order(StringComparer.Ordinal))
        {
            foreach (var (name, copies, every, within) in ScaleDefence.All.Prepend(ScaleDefence.Default))
            {
                var scenario = TracedScenario(trace);
                var times = scenario.Failures.Select(f => f.After!.Value).ToArray();
                var one = ScaleStudy.Case(stages, stages) with { Copies = copies };
                var ideal = ScaleRun.Of(one).PerIteration;
                var result = ScaleRun.Of(one with
                {
                    Nodes = scenario.Machines.Count,
                    Iterations = long.MaxValue / 2,
                    CheckpointEvery = every,
                    CheckpointWithin = within,
                    Scenario = scenario,
                    Limit = times[^1],
                });
                var enough = Enough(scenario, stages);
                table.Row([
                    Path.GetFileNameWithoutExtension(trace), name,
                    MarkdownTable.Number(times[^1].TotalHours), MarkdownTable.Number(enough / times[^1], "0.000"),
                    $"{scenario.Failures.Count(f => f is Crash)}", $"{result.Recoveries}", $"{result.WorkedAgain} of {result.Iterations}",
                    MarkdownTable.Number(result.Iterations * ideal / enough, "0.000"),
                ]);
            }
        }
    }

    private static Scenario TracedScenario(string trace)
    {
        var folder = Directory.CreateTempSubdirectory("scale-").FullName;
        var file = Path.Combine(folder, "trace.conf");
        File.WriteAllText(file, $"events = [ {{ trace = \"{Path.GetFullPath(trace)}\" }} ]");
        var scenario = ScenarioFile.Read(file);
        Directory.Delete(folder, recursive: true);
        return scenario;
    }

    private static TimeSpan Enough(Scenario scenario, int stages)
    {
        var (present, last, enough) = (scenario.Machines.Count, TimeSpan.Zero, TimeSpan.Zero);
        foreach (var failure in scenario.Failures)
        {
            if (present >= stages) enough += failure.After!.Value - last;
            (present, last) = (present + (failure is Join ? 1 : -1), failure.After!.Value);
        }

        return enough;
    }
}
