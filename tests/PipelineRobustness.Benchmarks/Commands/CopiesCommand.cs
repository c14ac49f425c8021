using System.CommandLine;
using PipelineRobustness.Models;
using PipelineRobustness.Pipeline.Verification;

namespace PipelineRobustness.Benchmarks;

/// <summary><c>copies</c>: the cost of copies of the middle blocks in time and memory.</summary>
internal static class CopiesCommand
{
    private const int Cores = 2;
    private const double Slack = 1.03;
    private const double OthersMax = 0.1;
    private const string Remedy = "substitute";

    public static Command Make(TextWriter output, TextWriter progress)
    {
        var (workload, rounds) = (new WorkloadOptions(), new RoundOptions(rounds: 5, iterations: 3));
        var command = new Command("copies", "Time and peak memory of a pipeline with copies, relative to one without.");
        workload.AddTo(command);
        rounds.AddTo(command);
        command.SetAction(parsed =>
        {
            var (size, stages) = workload.Read(parsed);
            if (stages < 3) throw new BadInputException($"--stages: expected at least 3, found {stages}");
            return Measure(size, stages, cases => rounds.Run(parsed, progress, cases), output);
        });
        return command;
    }

    private static int Measure(Workload workload, int stages, Func<Case[], Rounds> run, TextWriter output)
    {
        output.WriteLine($"{workload}; {stages} stages, each 1 intra-op thread; clean runs");
        Machine.Print(output);
        var none = PipelineCase.Of("no copies", workload, PeakCommand.Plan(workload, stages, iterations: 0, CopyPlacement.None, "off"));
        var uncompared = PipelineCase.Of("copies, nothing compared", workload, PeakCommand.Plan(workload, stages, iterations: 0, CopyPlacement.Middle, "off"));
        var compared = PipelineCase.Of($"copies, remedy {Remedy}", workload, PeakCommand.Plan(workload, stages, iterations: 0, CopyPlacement.Middle, Remedy));
        var machine = new Machine();
        var rounds = run([none, uncompared, compared]);
        rounds.Print(output);
        machine.PrintOthers(output);
        var expected = ExpectedCopyCost.Of(workload, stages, Cores);
        output.WriteLine(expected.ToString());
        foreach (var copies in new[] { uncompared, compared })
        {
            output.WriteLine(
                $"{copies.Name} over none: time {rounds.PerRound(of => of(none).TokensPerSecond / of(copies).TokensPerSecond).Show("0.000")}, "
                + $"CPU {rounds.PerRound(of => of(copies).CpuSeconds / of(none).CpuSeconds).Show("0.000")}");
        }

        var busy = machine.CoresUsedByOthers is { } others && others > OthersMax;
        if (busy) output.WriteLine("Other processes used the machine: judging by CPU time.");
        var goals = new Goals(output, null);
        goals.AtMost(
            busy ? "CPU time with copies over none" : "time with copies over none", Slack * expected.Work,
            rounds.PerRound(of => busy
                ? of(compared).CpuSeconds / of(none).CpuSeconds
                : of(none).TokensPerSecond / of(compared).TokensPerSecond));
        PeakMemory.Measure(workload, stages, Remedy, expected, goals, output);
        return goals.ExitCode;
    }
}
