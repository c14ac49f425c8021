using System.CommandLine;

namespace PipelineRobustness.Benchmarks;

/// <summary><c>scale</c>: training throughput and lost work against stages, nodes and mean time between failures, as tables for docs/scale.md.</summary>
internal static class ScaleCommand
{
    private static readonly int[] StageCounts = [4, 16, 64, 250, 1000];
    private static readonly int[] NodeCounts = [64, 100, 1000, 10_000];

    public static Command Make(TextWriter output, TextWriter progress)
    {
        var most = PositiveOption.Of("--stages-most", 1000, "Stages of the largest pipeline.");
        var work = PositiveOption.Of("--work", 400_000, "Stages' iterations of a run, at most.");
        var traces = new Option<string?>("--traces") { Description = "A folder of traces: lines milliseconds,add|remove,machine.", HelpName = "DIR" };
        var only = new Option<string?>("--only") { Description = "One part: stages, nodes, intervals or traces." };
        only.AcceptOnlyFromAmong("stages", "nodes", "intervals", "traces");
        var command = new Command("scale", "Throughput and lost work of pipelines simulated without tensors, against stages, nodes and failures.")
        {
            most, work, traces, only,
        };
        command.SetAction(parsed =>
        {
            var table = new MarkdownTable(output, progress);
            var study = new ScaleStudy(table, progress, parsed.GetValue(work));
            if (Asked("stages")) study.Stages(StageCounts.Where(k => k <= parsed.GetValue(most)));
            if (Asked("nodes")) study.Nodes(Math.Min(64, parsed.GetValue(most)), NodeCounts);
            if (Asked("intervals")) study.Intervals(Math.Min(16, parsed.GetValue(most)));
            if (Asked("traces") && parsed.GetValue(traces) is { } folder) new TraceStudy(table).Traces(folder, 8);
            return 0;

            bool Asked(string part) => parsed.GetValue(only) is not { } one || one == part;
        });
        return command;
    }
}
