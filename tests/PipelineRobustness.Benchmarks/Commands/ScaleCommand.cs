using System.CommandLine;

namespace PipelineRobustness.Benchmarks;

/// <summary>
/// <c>scale</c>: training throughput and lost work by number of stages, number of nodes and mean time between failures,
/// as tables for docs/scale.md.
/// </summary>
internal static class ScaleCommand
{
    private static readonly int[] StageCounts = [4, 16, 64, 250, 1000];
    private static readonly int[] NodeCounts = [64, 100, 1000, 10_000];

    public static Command Make(TextWriter output, TextWriter progress)
    {
        var most = PositiveOption.Of("--stages-most", 1000, "Stages of the largest pipeline.");
        var work = PositiveOption.Of("--work", 400_000, "The largest number of stage iterations per run.");
        var traces = new Option<string?>("--traces") { Description = "A folder of traces with lines milliseconds,add|remove,machine.", HelpName = "DIR" };
        var only = new Option<string?>("--only") { Description = "Run only one part: stages, nodes, intervals or traces." };
        only.AcceptOnlyFromAmong("stages", "nodes", "intervals", "traces");
        var command = new Command("scale", "Throughput and lost work of pipelines simulated without tensors, by stages, nodes and failures.")
        {
            most, work, traces, only,
        };
        command.SetAction(parsed =>
        {
            var table = new MarkdownTable(output, progress);
            var study = new ScaleStudy(table, progress, parsed.GetValue(work));
            if (Includes("stages")) study.Stages(StageCounts.Where(k => k <= parsed.GetValue(most)));
            if (Includes("nodes")) study.Nodes(Math.Min(64, parsed.GetValue(most)), NodeCounts);
            if (Includes("intervals")) study.Intervals(Math.Min(16, parsed.GetValue(most)));
            if (Includes("traces") && parsed.GetValue(traces) is { } folder) new TraceStudy(table).Traces(folder, 8);
            return 0;

            bool Includes(string part) => parsed.GetValue(only) is not { } one || one == part;
        });
        return command;
    }
}
