using System.CommandLine;
using PipelineRobustness.Models;
using PipelineRobustness.Pipeline.Running;
using PipelineRobustness.Pipeline.Verification;
using PipelineRobustness.Pipeline.Verification.Detectors;

namespace PipelineRobustness.Benchmarks;

/// <summary>
/// <c>detectors</c>: what a detector without copies, and audits without copies, cost over none, and detectors with a tolerance over a
/// comparison of bytes.
/// </summary>
internal static class DetectorsCommand
{
    private const string Remedy = "observe";

    private const double Share = 1.0 / 8;

    private static readonly (int Hidden, double? Averages, double? Audits)[] Widths = [(64, null, null), (256, 1.02, 1.17)];

    public static Command Make(TextWriter output, TextWriter progress)
    {
        var stages = PositiveOption.Of("--stages", 4, "Stages of the pipeline.");
        var rounds = new RoundOptions(rounds: 5, iterations: 3);
        var command = new Command(
            "detectors", "CPU time of averages and of audits over an undefended pipeline, and of gate and top-values over copies.") { stages };
        rounds.AddTo(command);
        command.SetAction(parsed =>
        {
            var of = parsed.GetValue(stages);
            if (of < 3) throw new BadInputException($"--stages: expected at least 3, found {of}");
            return Measure(of, cases => rounds.Run(parsed, progress, cases), output);
        });
        return command;
    }

    private static int Measure(int stages, Func<Case[], Rounds> run, TextWriter output)
    {
        output.WriteLine($"{Sized(stages, Widths[0].Hidden)}, and the same with hidden {Widths[1].Hidden}; {stages} stages, no stage lies");
        Machine.Print(output);
        var all = Widths.Select(width => (Width: width, Cases: Cases.Of(stages, width.Hidden))).ToArray();
        var machine = new Machine();
        var rounds = run([.. all.SelectMany(one => one.Cases.All)]);
        rounds.Print(output);
        machine.PrintOthers(output);
        var goals = new Goals(output, null);
        foreach (var ((hidden, averages, audits), cases) in all)
        {
            Spread Over(Case one, Case other) => rounds.PerRound(of => of(one).CpuSeconds / of(other).CpuSeconds);
            Judge($"CPU time of averages over off, hidden {hidden}", averages, Over(cases.Averages, cases.Off));
            Judge($"CPU time of audits of 1/8 without copies over off, hidden {hidden}", audits, Over(cases.Audits, cases.Off));
            Judge($"the same and 1/8 of the steps, hidden {hidden}", null, Over(cases.AuditsOfSteps, cases.Off));
            output.WriteLine(
                $"CPU time over copies, hidden {hidden}: gate {Over(cases.Gate, cases.Copies).Show("0.000")}, "
                + $"top-values {Over(cases.TopValues, cases.Copies).Show("0.000")}");
        }

        return goals.ExitCode;

        void Judge(string name, double? most, Spread spread)
        {
            if (most is { } goal) goals.AtMost(name, goal, spread);
            else output.WriteLine($"{name}: {spread.Show("0.000")}");
        }
    }

    private static Workload Sized(int stages, int hidden) =>
        new(Layers: 2 * stages, hidden, Heads: 4, Vocabulary: 257, Time: 256, MicroBatches: 16, MicroBatchSize: 1);

    private sealed record Cases(Case Off, Case Averages, Case Audits, Case AuditsOfSteps, Case Copies, Case Gate, Case TopValues)
    {
        public Case[] All => [Off, Averages, Audits, AuditsOfSteps, Copies, Gate, TopValues];

        public static Cases Of(int stages, int hidden)
        {
            var workload = Sized(stages, hidden);
            Case Watched(IDetector detector, CopyPlacement copies, string remedy = Remedy)
            {
                var plan = PeakCommand.Plan(workload, stages, iterations: 0, copies, remedy);
                var name = remedy == Remedy ? detector.Name : remedy;
                return PipelineCase.Of($"{name}, hidden {hidden}", workload, plan with { Defence = plan.Defence with { Detector = detector } });
            }

            Case Audited(string name, AuditSettings audit)
            {
                var plan = PeakCommand.Plan(workload, stages, iterations: 0, CopyPlacement.None, "referee");
                return PipelineCase.Of($"{name}, hidden {hidden}", workload, plan with { Defence = plan.Defence with { Audit = audit } });
            }

            // Judged from the fifth value on, as a long run is.
            return new(
                Watched(new CopyDetector(), CopyPlacement.None, "off"),
                Watched(new AveragesDetector { WarmUp = 0 }, CopyPlacement.None),
                Audited("audits", new AuditSettings { Share = Share }),
                Audited("audits of steps, too", new AuditSettings { Share = Share, Steps = Share }),
                Watched(new CopyDetector(), CopyPlacement.Middle),
                Watched(new GateDetector(), CopyPlacement.Middle),
                Watched(new TopValuesDetector(), CopyPlacement.Middle));
        }
    }
}
