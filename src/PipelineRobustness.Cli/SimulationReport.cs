using System.Globalization;
using PipelineRobustness.Experiments.Scenarios;
using Spectre.Console;

namespace PipelineRobustness.Cli;

/// <summary>What is told of a run on simulated machines: how it ended, how it went, what each stage did, what each failure cost.</summary>
internal static class SimulationReport
{
    private const int StrikesMost = 20;
    private const int StagesMost = 40;

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
        if (result.Played.Shares.Count > StagesMost)
        {
            console.WriteLine(
                $"  of {Amount.Count(result.Played.Shares.Count)} stages the first and the last, and those least, middling and most at work "
                + "(all: simulation.json, --out)");
        }

        if (result.Losses.Count > 0) Write(LossColumns, Losses(result), console);
        foreach (var line in Recoveries(result.Recoveries)) console.WriteLine($"  {line}");
        foreach (var alike in result.Troubles.GroupBy(trouble => trouble))
            console.WriteLine($"  {Checkpoints(alike.Count())} not written, or not read: {alike.Key}");

        foreach (var count in result.Struck) console.WriteLine($"  {Line(count)}");
    }

    /// <summary>How often an event struck.</summary>
    public static string Line(EventCount count) => $"struck {Times(count)}: {count.WithWhere}";

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

    // Of very many the ends, and those that were least, middling and most at work.
    private static IEnumerable<string[]> Stages(ScenarioResult result)
    {
        var all = result.Undisturbed.Shares.Zip(result.Played.Shares, (calm, stage) => (Calm: calm, Stage: stage)).ToList();
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

    // Where there are very many, those that cost most, still in their order.
    private static IEnumerable<string[]> Losses(ScenarioResult result)
    {
        var told = result.Losses.OrderByDescending(loss => loss.Lost).Take(StrikesMost).ToHashSet();
        var rest = result.Losses.Where(loss => !told.Contains(loss)).ToList();
        var rows = result.Losses.Where(told.Contains).Select(loss => (string[])
        [
            loss.Event, Seconds(loss.At), loss.Machine ?? "-", loss.Iteration is { } iteration ? Amount.Count(iteration) : "-", Seconds(loss.Lost),
        ]);
        var (more, lost) = (Amount.Count(rest.Count), rest.Aggregate(TimeSpan.Zero, (sum, loss) => sum + loss.Lost));
        return rest.Count == 0 ? rows : rows.Append([$"{more} more that cost no more", "", "", "", Seconds(lost)]);
    }

    // Where there are very many, those that took longest, still in their order.
    private static IEnumerable<string> Recoveries(IReadOnlyList<Recovery> all)
    {
        var told = all.OrderByDescending(recovery => recovery.Took).Take(StrikesMost).ToHashSet(ReferenceEqualityComparer.Instance);
        var lines = all.Where(told.Contains).Select(one =>
            $"{Seconds(one.At)} s: {(one.IsMove ? "nothing broke: " : "")}{one.Reason}; went on after {Seconds(one.Took)} s"
            + (one.FellBackTo is { } version ? $", back at version {Amount.Count(version)}" : ""));
        return all.Count == told.Count ? lines : lines.Append($"{all.Count - told.Count} more times it went on sooner");
    }

    private static string Seconds(TimeSpan? time) =>
        time is { } span ? span.TotalSeconds.ToString("#,0.000;-#,0.000;0.000", CultureInfo.InvariantCulture) : "-";

    private static string Checkpoints(int number) => number == 1 ? "1 checkpoint" : $"{Amount.Count(number)} checkpoints";

    private static string Share(double? share) => share is { } part ? (part * 100).ToString("0.0", CultureInfo.InvariantCulture) + " %" : "-";
}
