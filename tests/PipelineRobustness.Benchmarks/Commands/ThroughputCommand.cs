using System.CommandLine;
using System.Globalization;

namespace PipelineRobustness.Benchmarks;

/// <summary><c>throughput</c>: tokens per second of the pipeline and of plain loops.</summary>
internal static class ThroughputCommand
{
    // The goals compare with a plain loop with two threads and with two plain loops with one thread each.
    private const int Cores = 2;
    private const double CeilingMin = 0.9;

    public static Command Make(TextWriter output, TextWriter progress)
    {
        var (workload, rounds) = (new WorkloadOptions(), new RoundOptions(rounds: 5, iterations: 3));
        var command = new Command("throughput", "Tokens per second of the pipeline relative to plain loops and to the limits of machine and schedule.");
        workload.AddTo(command);
        rounds.AddTo(command);
        command.SetAction(parsed =>
        {
            var (size, stages) = workload.Read(parsed);
            return Measure(size, stages, cases => rounds.Run(parsed, progress, cases), output);
        });
        return command;
    }

    private static int Measure(Workload workload, int stages, Func<Case[], Rounds> run, TextWriter output)
    {
        output.WriteLine($"{workload}; each stage 1 intra-op thread");
        Machine.Print(output);
        var one = PlainLoopCase.Of(workload, 1);
        var two = PlainLoopCase.Of(workload, Cores);
        var concurrent = PlainLoopCase.Concurrent(workload, Cores);
        var uncut = PipelineCase.Of(workload, 1);
        var pipeline = PipelineCase.Of(workload, stages);
        var machine = new Machine();
        var rounds = run([one, uncut, two, pipeline, concurrent]);
        rounds.Print(output);
        machine.PrintOthers(output);
        var bound = ScheduleBound.Of([.. Enumerable.Repeat(1, stages)], workload.MicroBatches, Cores);
        var ceiling = rounds.PerRound(of => Speed(of(concurrent), of(one)) / Cores);
        output.WriteLine($"CPU of {pipeline.Name} over plain: {Cpu(rounds, pipeline, one)}; of 1 stage: {Cpu(rounds, uncut, one)}");
        output.WriteLine(
            $"over {Cores} x plain with 1 thread: {pipeline.Name} {rounds.PerRound(of => Speed(of(pipeline), of(one)) / Cores).Show("0.000")}; "
            + $"ceiling of the machine {ceiling.Show("0.000")}, bound of the schedule {bound.ToString("0.000", CultureInfo.InvariantCulture)}");
        var goals = new Goals(output, ReasonNotToJudge(ceiling.Median));
        goals.AtLeast($"{pipeline.Name} over {two.Name}", 1, rounds.PerRound(of => Speed(of(pipeline), of(two))));
        goals.AtLeast($"{pipeline.Name} over ceiling x bound", 0.93, rounds.PerRound(of => Speed(of(pipeline), of(concurrent)) / bound));
        goals.AtLeast($"{uncut.Name} over {one.Name}", 0.97, rounds.PerRound(of => Speed(of(uncut), of(one))));
        goals.Explain();
        return goals.ExitCode;
    }

    private static string? ReasonNotToJudge(double ceiling) =>
        Environment.ProcessorCount > Cores
            ? $"the goals are for {Cores} cores and there are {Environment.ProcessorCount}; start under: taskset -c 0,1"
        : ceiling < CeilingMin
            ? string.Create(CultureInfo.InvariantCulture, $"two independent loops reach only {ceiling:0.00} of twice one, less than {CeilingMin}")
        : null;

    private static double Speed(Sample above, Sample below) => above.TokensPerSecond / below.TokensPerSecond;

    private static string Cpu(Rounds rounds, Case above, Case below) =>
        rounds.PerRound(of => of(above).CpuSeconds / of(below).CpuSeconds).Show("0.000");
}
