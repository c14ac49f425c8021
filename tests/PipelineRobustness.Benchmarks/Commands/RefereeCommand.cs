using System.CommandLine;
using System.Globalization;
using PipelineRobustness.Adversity.Attacks;
using PipelineRobustness.Adversity.Liars;
using PipelineRobustness.Models;
using PipelineRobustness.Pipeline.Ports;
using PipelineRobustness.Pipeline.Referee;
using PipelineRobustness.Pipeline.Running;
using PipelineRobustness.Pipeline.Verification;

namespace PipelineRobustness.Benchmarks;

/// <summary>
/// <c>referee</c>: what a referee costs where no stage lies, over a remedy that compares; what a lie costs; and peak memory over the
/// prediction of `plan`. Or, in its long form, a number of comparisons of which none may convict.
/// </summary>
internal static class RefereeCommand
{
    private const ulong Seed = 5;
    private const string Remedy = "referee";
    private const string Other = "substitute";

    private static readonly (int Hidden, double Goal)[] Widths = [(64, 1.05), (256, 1.03)];

    private static readonly (string Name, string[] Sets)[] MemoryCases =
    [
        ("referee", Sets()),
        ("referee, recomputed", Sets("training.recompute=true")),
        ("referee, a sum is heard", Sets("attack.liars=[{ kind = frame, act = sum, stage = 2, from = 1, until = 2 }]")),
    ];

    public static Command Make(TextWriter output, TextWriter progress)
    {
        var stages = PositiveOption.Of("--stages", 4, "Stages of the pipeline.");
        var comparisons = PositiveOption.Of("--comparisons", 0, "Instead: so many comparisons of stages that do not lie; exit code 1 if one convicts.");
        var rounds = new RoundOptions(rounds: 5, iterations: 3);
        var command = new Command("referee", "CPU time of a referee over substitute with the same copies, milliseconds of a ruling, and peak memory over plan.")
        {
            stages, comparisons,
        };
        rounds.AddTo(command);
        command.SetAction(parsed =>
        {
            var of = parsed.GetValue(stages);
            if (of < 3) throw new BadInputException($"--stages: expected at least 3, found {of}");
            return parsed.GetValue(comparisons) is > 0 and var least
                ? Compare(of, least, output) : Measure(of, cases => rounds.Run(parsed, progress, cases), output);
        });
        return command;
    }

    private static int Measure(int stages, Func<Case[], Rounds> run, TextWriter output)
    {
        output.WriteLine($"{Sized(stages, Widths[0].Hidden)}, and the same with hidden {Widths[1].Hidden}; {stages} stages, copies in a ring, no stage lies");
        Machine.Print(output);
        var pairs = Widths.Select(width => (Width: width, Substitute: Clean(stages, width.Hidden, Other), Referee: Clean(stages, width.Hidden, Remedy)))
            .ToArray();
        var machine = new Machine();
        var rounds = run([.. pairs.SelectMany(pair => (Case[])[pair.Substitute, pair.Referee])]);
        rounds.Print(output);
        machine.PrintOthers(output);
        var goals = new Goals(output, null);
        foreach (var ((hidden, goal), substitute, referee) in pairs)
        {
            var over = rounds.PerRound(of => of(referee).CpuSeconds / of(substitute).CpuSeconds);
            goals.AtMost($"CPU time of {Remedy} over {Other}, hidden {hidden}", goal, over);
        }

        foreach (var act in (Act[])[Act.Forward, Act.Sum]) MeasureRulings(stages, act, output);
        PlannedMemory.Measure(MemoryCases, goals, output);
        return goals.ExitCode;
    }

    // Every stage lies once, in an iteration of its own.
    private static void MeasureRulings(int stages, Act act, TextWriter output)
    {
        var workload = Sized(stages, Widths[0].Hidden);
        Liar[] liars = [.. Enumerable.Range(0, stages).Select(stage => new Frame { Act = act, Stage = [$"{stage}"], From = stage + 1, Until = stage + 2 })];
        var times = new RulingTimes(new Adversary(Seed, stages, [], liars));
        PipelineCase.Run(workload, Plan(workload, stages, stages + 1, Remedy), new RunPorts { Behaviour = times }, times);
        output.WriteLine(
            $"a copy's {(act == Act.Sum ? "sum" : "output")} stated falsely, ms: attempt thrown away {Spread.Of(times.Attempts).Show("0")}, "
            + $"hearing {Spread.Of(times.Hearings).Show("0.0")}, quarantine {Spread.Of(times.Quarantines).Show("0.0")}");
    }

    private static int Compare(int stages, int least, TextWriter output)
    {
        var workload = new Workload(Layers: stages, Hidden: 8, Heads: 2, Vocabulary: 29, Time: 4, MicroBatches: 16, MicroBatchSize: 1);
        var of = Comparisons.Of(new Ring(stages, workload.MicroBatches, workload.Model.TiedHead));
        var iterations = (least + of - 1) / of;
        output.WriteLine($"{workload}; {stages} stages; {iterations} iterations of {of} comparisons");
        Machine.Print(output);
        var (count, timer) = (new Comparisons.RulingCount(), ResourceTimer.Begin());
        PipelineCase.Run(workload, Plan(workload, stages, iterations, Remedy), new RunPorts(), count);
        output.WriteLine(string.Create(
            CultureInfo.InvariantCulture,
            $"{iterations * of} comparisons in {timer.Elapsed.TotalSeconds:0} s: {(count.Rulings == 0 ? "no ruling" : $"{count.Rulings} RULINGS")}"));
        return count.Rulings == 0 ? 0 : CommandLine.Missed;
    }

    private static Case Clean(int stages, int hidden, string remedy)
    {
        var workload = Sized(stages, hidden);
        return PipelineCase.Of($"{remedy}, hidden {hidden}", workload, Plan(workload, stages, iterations: 0, remedy));
    }

    private static RunPlan Plan(Workload workload, int stages, long iterations, string remedy) =>
        PeakCommand.Plan(workload, stages, iterations, CopyPlacement.Ring, remedy);

    private static Workload Sized(int stages, int hidden) =>
        new(Layers: 2 * stages, hidden, Heads: 4, Vocabulary: 257, Time: 256, MicroBatches: 16, MicroBatchSize: 1);

    private static string[] Sets(params string[] more) => [$"defence.remedy={Remedy}", "training.iterations=3", .. more];
}
