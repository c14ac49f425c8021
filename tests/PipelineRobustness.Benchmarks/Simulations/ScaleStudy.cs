using PipelineRobustness.Adversity.Disks;
using PipelineRobustness.Experiments.Scale;

namespace PipelineRobustness.Benchmarks;

/// <summary>Throughput and lost work by number of stages, number of nodes, failures, and interval between checkpoints.</summary>
internal sealed class ScaleStudy(MarkdownTable table, TextWriter progress, int work)
{
    // Mean times of a machine; the pipeline's is the machine's divided by the number of stages.
    private static readonly TimeSpan[] MeanTimes = [TimeSpan.FromDays(30), TimeSpan.FromDays(7), TimeSpan.FromDays(1)];

    private static readonly double[] PipelineHours = [1, 4];

    private static readonly double[] OfYoung = [0.125, 0.25, 0.5, 1, 2, 4, 8];

    public void Stages(IEnumerable<int> counts)
    {
        table.Title("Stages", "Spares: a quarter of the stages plus one. Share: of the throughput without failures and copies.");
        table.Row(["stages", "machine's MTBF", "defence", "tokens/s", "share", "recoveries", "iterations repeated"]);
        foreach (var stages in counts)
        {
            var one = Case(stages, stages + (stages / 4) + 1);
            var ideal = ScaleRun.Of(one);
            table.Row([$"{stages}", "never", "none", MarkdownTable.Number(ideal.TokensPerSecond), "1", "0", "0"]);
            foreach (var meanTime in MeanTimes) Each(one, ideal, meanTime, $"{stages}", Time(meanTime));
        }
    }

    public void Nodes(int stages, IEnumerable<int> counts)
    {
        table.Title("Nodes", $"{stages} stages; the other nodes are spares that join and leave, with a mean lifetime of a day per node.");
        table.Row(["nodes", "machine's MTBF", "defence", "tokens/s", "share", "recoveries", "iterations repeated"]);
        var ideal = ScaleRun.Of(Case(stages, stages));
        foreach (var nodes in counts) Each(Case(stages, nodes), ideal, TimeSpan.FromDays(1), $"{nodes}", Time(TimeSpan.FromDays(1)));
    }

    /// <summary>The best interval between checkpoints, compared with Young's (1974) and Daly's (2006) first-order formulas.</summary>
    public void Intervals(int stages)
    {
        table.Title("Intervals between checkpoints", $"{stages} stages without copies; a stage is stopped while it writes.");
        table.Row(["pipeline's MTBF", "write", "Young", "Daly", "best found", "share there", "share with Young's"]);
        foreach (var hours in PipelineHours)
        {
            var disk = new DiskPlan(1e8, Blocking: 1);
            var plain = Case(stages, stages + 8);
            var ideal = ScaleRun.Of(plain);
            plain = Of(plain, ideal, TimeSpan.FromHours(hours), failures: 40);
            var failing = plain.WithChurn(TimeSpan.FromHours(hours * stages)) with { Disk = disk };
            var written = ScaleRun.Of(Case(stages, stages) with { Iterations = 21, CheckpointEvery = 20, Disk = disk });
            var write = (written.Elapsed - (21 * ideal.PerIteration)).TotalSeconds;
            var mean = hours * 3600;
            var young = Math.Sqrt(2 * write * mean);
            var daly = (young * (1 + (Math.Sqrt(write / (2 * mean)) / 3) + (write / (2 * mean) / 9))) - write;
            var every = OfYoung.Select(f => Math.Max(1, (long)Math.Round(f * young / ideal.PerIteration.TotalSeconds))).Distinct();
            var found = every.Select(e => (Every: e, Share: Share(failing with { CheckpointEvery = e }, ideal))).ToArray();
            var best = found.MaxBy(f => f.Share);
            var youngs = found.MinBy(f => Math.Abs((f.Every * ideal.PerIteration.TotalSeconds) - young));
            foreach (var (e, share) in found)
            {
                var seconds = MarkdownTable.Number(e * ideal.PerIteration.TotalSeconds);
                progress.WriteLine($"MTBF {hours} h, every {e} iterations ({seconds} s): {MarkdownTable.Number(share, "0.000")}");
            }

            table.Row([
                $"{hours} h", $"{MarkdownTable.Number(write)} s", $"{MarkdownTable.Number(young)} s", $"{MarkdownTable.Number(daly)} s",
                $"{MarkdownTable.Number(best.Every * ideal.PerIteration.TotalSeconds)} s", MarkdownTable.Number(best.Share, "0.000"),
                MarkdownTable.Number(youngs.Share, "0.000"),
            ]);
        }
    }

    private void Each(ScaleCase one, ScaleResult ideal, TimeSpan meanTime, params string[] names)
    {
        foreach (var (name, copies, every, within) in ScaleDefence.All)
        {
            var run = Of(one, ideal, meanTime / one.Stages, failures: 20);
            var result = ScaleRun.Of((run with { Copies = copies, CheckpointEvery = every, CheckpointWithin = within }).WithChurn(meanTime));
            var repeated = $"{result.WorkedAgain} of {result.Iterations}{(result.Iterations < run.Iterations ? ", then time ran out" : "")}";
            string[] found =
            [
                MarkdownTable.Number(result.TokensPerSecond), MarkdownTable.Number(Share(result, ideal), "0.000"), $"{result.Recoveries}", repeated,
            ];
            table.Row([.. names, name, .. found]);
        }
    }

    public static ScaleCase Case(int stages, int nodes) => new() { Stages = stages, Nodes = nodes, Iterations = 20 };

    // Run until a number of failures have occurred, within a work limit, and not forever if no iteration completes.
    private ScaleCase Of(ScaleCase one, ScaleResult ideal, TimeSpan meanTime, int failures)
    {
        var iterations = Math.Clamp((long)(failures * (meanTime / ideal.PerIteration)), 50, Math.Max(50, work / one.Stages));
        return one with { Iterations = iterations, Limit = 4 * iterations * ideal.PerIteration };
    }

    private static double Share(ScaleCase one, ScaleResult ideal) => Share(ScaleRun.Of(one), ideal);

    private static double Share(ScaleResult result, ScaleResult ideal) => result.TokensPerSecond / ideal.TokensPerSecond;

    private static string Time(TimeSpan time) => $"{time.TotalDays} d";
}
