using System.CommandLine;
using System.Globalization;
using PipelineRobustness.Adversity;
using PipelineRobustness.Experiments;
using PipelineRobustness.Pipeline;

namespace PipelineRobustness.Benchmarks;

/// <summary><c>scale</c>: training throughput and lost work against stages, nodes and mean time between failures, as tables for docs/scale.md.</summary>
internal static class ScaleCommand
{
    private static readonly (string Name, CopyPlacement Copies, bool Checkpoints)[] Defences =
    [
        ("checkpoints", CopyPlacement.None, true), ("copies", CopyPlacement.Middle, false), ("ring of copies", CopyPlacement.Ring, false),
        ("ring and checkpoints", CopyPlacement.Ring, true),
    ];

    private static readonly int[] StageCounts = [4, 16, 64, 250, 1000];
    private static readonly int[] NodeCounts = [64, 100, 1000, 10_000];

    public static Command Make(TextWriter output, TextWriter progress)
    {
        var most = PositiveOption.Of("--stages-most", 1000, "Stages of the largest pipeline.");
        var work = PositiveOption.Of("--work", 400_000, "Stages' iterations of a run, at most.");
        var traces = new Option<string?>("--traces") { Description = "A folder of traces: lines milliseconds,add|remove,machine.", HelpName = "DIR" };
        var command = new Command("scale", "Throughput and lost work of pipelines simulated without tensors, against stages, nodes and failures.") { most, work, traces };
        command.SetAction(parsed =>
        {
            var study = new Study(output, progress, parsed.GetValue(work));
            study.Stages(StageCounts.Where(k => k <= parsed.GetValue(most)));
            study.Nodes(Math.Min(64, parsed.GetValue(most)), NodeCounts);
            study.Intervals(Math.Min(16, parsed.GetValue(most)));
            if (parsed.GetValue(traces) is { } folder) study.Traces(folder, 8);
            return 0;
        });
        return command;
    }

    private sealed class Study(TextWriter output, TextWriter progress, int work)
    {
        // Of one machine; of the pipeline it is so much over its stages.
        private static readonly TimeSpan[] MeanTimes = [TimeSpan.FromDays(30), TimeSpan.FromDays(7), TimeSpan.FromDays(1)];

        private static readonly double[] PipelineHours = [1, 4];

        private static readonly double[] OfYoung = [0.125, 0.25, 0.5, 1, 2, 4, 8];

        public void Stages(IEnumerable<int> counts)
        {
            Title("Stages", "Spares: a quarter as many, and one more. Share: of the throughput without failures and without copies.");
            Row(["stages", "machine's MTBF", "defence", "tokens/s", "share", "recoveries", "iterations worked again"]);
            foreach (var stages in counts)
            {
                var one = Case(stages, stages + (stages / 4) + 1);
                var ideal = ScaleRun.Of(one);
                Row([$"{stages}", "never", "none", Number(ideal.TokensPerSecond), "1", "0", "0"]);
                foreach (var meanTime in MeanTimes) Each(one, ideal, meanTime, $"{stages}", Time(meanTime));
            }
        }

        public void Nodes(int stages, IEnumerable<int> counts)
        {
            Title("Nodes", $"{stages} stages; the other nodes are spares that come and go, each node for a day in the mean.");
            Row(["nodes", "machine's MTBF", "defence", "tokens/s", "share", "recoveries", "iterations worked again"]);
            var ideal = ScaleRun.Of(Case(stages, stages));
            foreach (var nodes in counts) Each(Case(stages, nodes), ideal, TimeSpan.FromDays(1), $"{nodes}", Time(TimeSpan.FromDays(1)));
        }

        /// <summary>The best interval between checkpoints, beside Young's (1974) and Daly's (2006) first-order formulas.</summary>
        public void Intervals(int stages)
        {
            Title("Intervals between checkpoints", $"{stages} stages without copies; a write stops the stage that writes for all of its time.");
            Row(["pipeline's MTBF", "write", "Young", "Daly", "best found", "share there", "share with Young's"]);
            foreach (var hours in PipelineHours)
            {
                var disk = new DiskPlan(1e8, Blocking: 1);
                var plain = Case(stages, stages + 8);
                var ideal = ScaleRun.Of(plain);
                plain = Of(plain, ideal, TimeSpan.FromHours(hours), failures: 40);
                var failing = plain.WithChurn(TimeSpan.FromHours(hours * stages)) with { Disk = disk };
                var write = (ScaleRun.Of(Case(stages, stages) with { Iterations = 21, CheckpointEvery = 20, Disk = disk }).Elapsed - (21 * ideal.PerIteration)).TotalSeconds;
                var mean = hours * 3600;
                var young = Math.Sqrt(2 * write * mean);
                var daly = (young * (1 + (Math.Sqrt(write / (2 * mean)) / 3) + (write / (2 * mean) / 9))) - write;
                var every = OfYoung.Select(f => Math.Max(1, (long)Math.Round(f * young / ideal.PerIteration.TotalSeconds))).Distinct();
                var found = every.Select(e => (Every: e, Share: Share(failing with { CheckpointEvery = e }, ideal))).ToArray();
                var best = found.MaxBy(f => f.Share);
                var youngs = found.MinBy(f => Math.Abs((f.Every * ideal.PerIteration.TotalSeconds) - young));
                foreach (var (e, share) in found)
                    progress.WriteLine($"MTBF {hours} h, every {e} iterations ({Number(e * ideal.PerIteration.TotalSeconds)} s): {Number(share, "0.000")}");
                Row([$"{hours} h", $"{Number(write)} s", $"{Number(young)} s", $"{Number(daly)} s", $"{Number(best.Every * ideal.PerIteration.TotalSeconds)} s",
                    Number(best.Share, "0.000"), Number(youngs.Share, "0.000")]);
            }
        }

        /// <summary>How much of the time in which there were machines enough was training that counts.</summary>
        public void Traces(string folder, int stages)
        {
            Title("Traces", $"{stages} stages, a machine each. Share: of the time in which as many machines were there, what iterations that count take undisturbed.");
            Row(["trace", "defence", "hours", "machines enough", "machines lost", "recoveries", "iterations worked again", "share"]);
            foreach (var trace in Directory.EnumerateFiles(folder, "*.csv").Order(StringComparer.Ordinal))
            {
                foreach (var (name, copies, checkpoints) in Defences)
                {
                    var scenario = TracedScenario(trace);
                    var times = scenario.Failures.Select(f => f.After!.Value).ToArray();
                    var one = Case(stages, stages) with { Copies = copies };
                    var ideal = ScaleRun.Of(one).PerIteration;
                    var result = ScaleRun.Of(one with
                    {
                        Nodes = scenario.Machines.Count,
                        Iterations = long.MaxValue / 2,
                        CheckpointEvery = checkpoints ? 10 : 0,
                        Scenario = scenario,
                        Limit = times[^1],
                    });
                    var enough = Enough(scenario, stages);
                    Row([Path.GetFileNameWithoutExtension(trace), name, Number(times[^1].TotalHours), Number(enough / times[^1], "0.000"),
                        $"{scenario.Failures.Count(f => f.Kind == FailureKind.Crash)}", $"{result.Recoveries}", $"{result.WorkedAgain} of {result.Iterations}",
                        Number(result.Iterations * ideal / enough, "0.000")]);
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
            var (here, last, enough) = (scenario.Machines.Count, TimeSpan.Zero, TimeSpan.Zero);
            foreach (var failure in scenario.Failures)
            {
                if (here >= stages) enough += failure.After!.Value - last;
                (here, last) = (here + (failure.Kind == FailureKind.Join ? 1 : -1), failure.After!.Value);
            }

            return enough;
        }

        private void Each(ScaleCase one, ScaleResult ideal, TimeSpan meanTime, params string[] names)
        {
            foreach (var (name, copies, checkpoints) in Defences)
            {
                var run = Of(one, ideal, meanTime / one.Stages, failures: 20);
                var result = ScaleRun.Of((run with { Copies = copies, CheckpointEvery = checkpoints ? 10 : 0 }).WithChurn(meanTime));
                Row([.. names, name, Number(result.TokensPerSecond), Number(Share(result, ideal), "0.000"), $"{result.Recoveries}", $"{result.WorkedAgain} of {result.Iterations}"
                    + (result.Iterations < run.Iterations ? ", then the time was over" : "")]);
            }
        }

        private static ScaleCase Case(int stages, int nodes) => new() { Stages = stages, Nodes = nodes, Iterations = 20 };

        // Until so many failures have struck, if that is not too much work; and not for ever, where no iteration ever ends.
        private ScaleCase Of(ScaleCase one, ScaleResult ideal, TimeSpan meanTime, int failures)
        {
            var iterations = Math.Clamp((long)(failures * (meanTime / ideal.PerIteration)), 50, Math.Max(50, work / one.Stages));
            return one with { Iterations = iterations, Limit = 4 * iterations * ideal.PerIteration };
        }

        private static double Share(ScaleCase one, ScaleResult ideal) => Share(ScaleRun.Of(one), ideal);

        private static double Share(ScaleResult result, ScaleResult ideal) => result.TokensPerSecond / ideal.TokensPerSecond;

        private void Title(string title, string told)
        {
            output.WriteLine($"\n## {title}\n\n{told}\n");
            progress.WriteLine(title);
        }

        private void Row(string[] cells)
        {
            output.WriteLine($"| {string.Join(" | ", cells)} |");
            if (cells[0].All(c => !char.IsDigit(c))) output.WriteLine($"|{string.Concat(cells.Select(_ => "---|"))}");
        }

        private static string Number(double number, string format = "0.0") => number.ToString(format, CultureInfo.InvariantCulture);

        private static string Time(TimeSpan time) => $"{time.TotalDays} d";
    }
}
