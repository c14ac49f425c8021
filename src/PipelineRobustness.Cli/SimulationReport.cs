using System.Globalization;
using PipelineRobustness.Experiments.Scenarios;
using Spectre.Console;

namespace PipelineRobustness.Cli;

/// <summary>Prints a simulated run: how it ended, its times, what each stage did, what each failure cost.</summary>
internal static class SimulationReport
{
    private const int RowsMost = 20;
    private const int StagesMost = 40;

    private static readonly Column[] TimelineColumns = [new("", "", Justify.Left), new("undisturbed", "undist."), new("with scenario", "scenario")];

    private static readonly Column[] StageColumns =
    [
        new("stage", "stage"), new("undisturbed", "undist."), new("utilisation", "util."), new("own block", "own"), new("copies", "copies"),
        new("lost", "lost"), new("idle", "idle"),
    ];

    private static readonly Column[] CostColumns =
    [
        new("event", "event", Justify.Left), new("at, s", "at, s"), new("machine", "machine", Justify.Left), new("iteration", "it."),
        new("lost, s", "lost"),
    ];

    /// <summary>Prints it.</summary>
    public static void Print(ScenarioResult result, IAnsiConsole console)
    {
        console.WriteLine($"{result.Title}: {result.Verdict.ToString().ToLowerInvariant()}: {result.Why}");
        Write(TimelineColumns, Timelines(result), console);
        Write(StageColumns, Stages(result), console);
        if (result.WithScenario.Shares.Count > StagesMost)
        {
            console.WriteLine(
                $"  of {Amount.Count(result.WithScenario.Shares.Count)} stages: the first and the last, and those of the lowest, median and highest "
                + "utilisation (all: simulation.json, --out)");
        }

        if (result.Costs.Count > 0) Write(CostColumns, Costs(result), console);
        foreach (var line in Recoveries(result.Recoveries)) console.WriteLine($"  {line}");
        foreach (var alike in result.Errors.GroupBy(error => error))
            console.WriteLine($"  {Checkpoints(alike.Count())} not written or not readable: {alike.Key}");

        foreach (var count in result.Counts) console.WriteLine($"  {Line(count)}");
    }

    /// <summary>How often an event was injected.</summary>
    public static string Line(EventCount count) => $"injected {Times(count)}: {count.WithWhere}";

    private static string Times(EventCount count) => count switch
    {
        { Times: 1 } => "1 time",
        { Times: 0, MustHappen: false } => "0 times, which is allowed",
        _ => $"{count.Times} times",
    };

    private static void Write(IReadOnlyList<Column> columns, IEnumerable<string[]> rows, IAnsiConsole console)
    {
        Cell[][] cells = [.. rows.Select(row => row.Select(text => new Cell(text, Style.Plain)).ToArray())];
        console.Write(TextTable.Of(columns, cells, console.Profile.Width));
    }

    private static IEnumerable<string[]> Timelines(ScenarioResult result)
    {
        string[] Row(string what, Func<RunTimeline, string> cell) => [what, cell(result.Undisturbed), cell(result.WithScenario)];
        return
        [
            Row("virtual time, s", c => Seconds(c.Elapsed)),
            Row("iterations", c => Amount.Count(c.Iterations)),
            Row("iteration, mean, s", c => Seconds(c.Mean)),
            Row("iteration, median, s", c => Seconds(c.Median)),
            Row("iteration, worst, s", c => Seconds(c.Worst)),
            Row($"bubble ({result.ByFormula.Schedule}: {Share(result.ByFormula.Share)})", c => Share(c.Bubble)),
            Row("tokens/s", c => Amount.Measure(c.TokensPerSecond, decimals: 1)),
            Row("moved", c => Amount.Bytes(c.BytesMoved)),
        ];
    }

    // Of many stages the two ends, and those of the lowest, median and highest utilisation.
    private static IEnumerable<string[]> Stages(ScenarioResult result)
    {
        var all = result.Undisturbed.Shares.Zip(result.WithScenario.Shares, (calm, stage) => (Calm: calm, Stage: stage)).ToList();
        var numbers = Enumerable.Range(0, all.Count);
        if (all.Count > StagesMost)
        {
            int[] byWork = [.. numbers.OrderBy(number => all[number].Stage.Computed)];
            numbers = [.. ((int[])[0, byWork[0], byWork[byWork.Length / 2], byWork[^1], all.Count - 1]).Distinct().Order()];
        }

        return numbers.Select(number => (string[])
        [
            Amount.Count(number), Share(all[number].Calm.Computed), Share(all[number].Stage.Computed), Share(all[number].Stage.Own),
            Share(all[number].Stage.Copies), Share(all[number].Stage.Lost), Share(1 - all[number].Stage.Computed),
        ]);
    }

    // Of many events those that cost most, in the order of time.
    private static IEnumerable<string[]> Costs(ScenarioResult result)
    {
        var shown = result.Costs.OrderByDescending(cost => cost.Lost).Take(RowsMost).ToHashSet();
        var rest = result.Costs.Where(cost => !shown.Contains(cost)).ToList();
        var rows = result.Costs.Where(shown.Contains).Select(cost => (string[])
        [
            cost.Event, Seconds(cost.At), cost.Machine ?? "-", cost.Iteration is { } iteration ? Amount.Count(iteration) : "-", Seconds(cost.Lost),
        ]);
        var (more, lost) = (Amount.Count(rest.Count), rest.Aggregate(TimeSpan.Zero, (sum, cost) => sum + cost.Lost));
        return rest.Count == 0 ? rows : rows.Append([$"{more} others that cost less", "", "", "", Seconds(lost)]);
    }

    // Of many recoveries the longest, in the order of time.
    private static IEnumerable<string> Recoveries(IReadOnlyList<Recovery> all)
    {
        var shown = all.OrderByDescending(recovery => recovery.Took).Take(RowsMost).ToHashSet(ReferenceEqualityComparer.Instance);
        var lines = all.Where(shown.Contains).Select(one =>
            $"{Seconds(one.At)} s: {(one.IsMove ? "no failure: " : "")}{one.Reason}; resumed after {Seconds(one.Took)} s"
            + (one.FellBackTo is { } version ? $", from version {Amount.Count(version)}" : ""));
        return all.Count == shown.Count ? lines : lines.Append($"{all.Count - shown.Count} others that took less time");
    }

    private static string Seconds(TimeSpan? time) =>
        time is { } span ? span.TotalSeconds.ToString("#,0.000;-#,0.000;0.000", CultureInfo.InvariantCulture) : "-";

    private static string Checkpoints(int number) => number == 1 ? "1 checkpoint" : $"{Amount.Count(number)} checkpoints";

    private static string Share(double? share) => share is { } part ? (part * 100).ToString("0.0", CultureInfo.InvariantCulture) + " %" : "-";
}
