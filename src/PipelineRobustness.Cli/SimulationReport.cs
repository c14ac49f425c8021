using System.Globalization;
using PipelineRobustness.Experiments;
using Spectre.Console;

namespace PipelineRobustness.Cli;

/// <summary>What is told of a run on simulated machines: how it ended, how it went, what each stage did, what each failure cost.</summary>
internal static class SimulationReport
{
    private const int StrikesMost = 20;

    private static readonly Column[] CourseColumns = [new("", "", Justify.Left), new("undisturbed", "undist."), new("with trouble", "trouble")];

    private static readonly Column[] StageColumns =
    [
        new("stage", "stage"), new("undisturbed", "undist."), new("utilisation", "util."), new("own block", "own"), new("copies", "copies"),
        new("lost", "lost"), new("idle", "idle"),
    ];

    private static readonly Column[] LossColumns =
    [
        new("what struck", "what", Justify.Left), new("at, s", "at, s"), new("machine", "machine", Justify.Left), new("iteration", "it."),
        new("lost, s", "lost"),
    ];

    /// <summary>Prints it.</summary>
    public static void Print(ScenarioResult result, IAnsiConsole console)
    {
        console.WriteLine($"{result.Title}: {result.Verdict.ToString().ToLowerInvariant()}: {result.Why}");
        Write(CourseColumns, Courses(result), console);
        Write(StageColumns, Stages(result), console);
        if (result.Losses.Count > 0) Write(LossColumns, Losses(result), console);
        foreach (var line in Recoveries(result.Recoveries)) console.WriteLine($"  {line}");
        foreach (var count in result.Struck) console.WriteLine($"  struck {Times(count)}: {count.Event}");
    }

    private static string Times(EventCount count) => count switch
    {
        { Times: 1 } => "1 time",
        { Times: 0, MustStrike: false } => "0 times, and need not",
        _ => $"{count.Times} times",
    };

    private static void Write(IReadOnlyList<Column> columns, IEnumerable<string[]> rows, IAnsiConsole console)
    {
        Cell[][] cells = [.. rows.Select(row => row.Select(text => new Cell(text, Style.Plain)).ToArray())];
        console.Write(TextTable.Of(columns, cells, console.Profile.Width));
    }

    private static IEnumerable<string[]> Courses(ScenarioResult result)
    {
        string[] Row(string what, Func<Course, string> cell) => [what, cell(result.Undisturbed), cell(result.Played)];
        return
        [
            Row("virtual time, s", c => Seconds(c.Elapsed)),
            Row("iterations", c => Amount.Count(c.Iterations)),
            Row("iteration, mean, s", c => Seconds(c.Mean)),
            Row("iteration, median, s", c => Seconds(c.Median)),
            Row("iteration, worst, s", c => Seconds(c.Worst)),
            Row($"bubble ((K-1)/(M+K-1) = {Share(result.ClosedForm)})", c => Share(c.Bubble)),
            Row("tokens/s", c => Amount.Measure(c.TokensPerSecond, decimals: 1)),
            Row("moved", c => Amount.Bytes(c.BytesMoved)),
        ];
    }

    private static IEnumerable<string[]> Stages(ScenarioResult result) => result.Undisturbed.Shares.Zip(result.Played.Shares, (calm, stage) => (calm, stage))
        .Select((shares, number) => (string[])
        [
            $"{number}", Share(shares.calm.Computed), Share(shares.stage.Computed), Share(shares.stage.Own), Share(shares.stage.Copies),
            Share(shares.stage.Lost), Share(1 - shares.stage.Computed),
        ]);

    // Where there are very many, those that cost most, still in their order.
    private static IEnumerable<string[]> Losses(ScenarioResult result)
    {
        var told = result.Losses.OrderByDescending(loss => loss.Lost).Take(StrikesMost).ToHashSet();
        var rest = result.Losses.Where(loss => !told.Contains(loss)).ToList();
        var rows = result.Losses.Where(told.Contains).Select(loss => (string[])
        [
            loss.Event, Seconds(loss.At), loss.Machine ?? "-", loss.Iteration is { } iteration ? Amount.Count(iteration) : "-", Seconds(loss.Lost),
        ]);
        return rest.Count == 0 ? rows
            : rows.Append([$"{rest.Count} more that cost less", "", "", "", Seconds(rest.Aggregate(TimeSpan.Zero, (sum, loss) => sum + loss.Lost))]);
    }

    // Where there are very many, those that took longest, still in their order.
    private static IEnumerable<string> Recoveries(IReadOnlyList<Recovery> all)
    {
        var told = all.OrderByDescending(recovery => recovery.Took).Take(StrikesMost).ToHashSet(ReferenceEqualityComparer.Instance);
        var lines = all.Where(told.Contains).Select(one =>
            $"{Seconds(one.At)} s: {(one.IsMove ? "nothing broke: " : "")}{one.Reason}; went on after {Seconds(one.Took)} s");
        return all.Count == told.Count ? lines : lines.Append($"{all.Count - told.Count} more times it went on sooner");
    }

    private static string Seconds(TimeSpan? time) =>
        time is { } span ? span.TotalSeconds.ToString("#,0.000", CultureInfo.InvariantCulture) : "-";

    private static string Share(double? share) => share is { } part ? (part * 100).ToString("0.0", CultureInfo.InvariantCulture) + " %" : "-";
}
