using System.CommandLine;

namespace PipelineRobustness.Benchmarks;

/// <summary>
/// <c>overhead</c>: the cost of messages and scheduling with nearly empty blocks. Iterations with few and with many
/// micro-batches separate the cost per micro-batch from the cost per iteration.
/// </summary>
internal static class OverheadCommand
{
    private const int Few = 8;
    private const int Many = 128;

    public static Command Make(TextWriter output, TextWriter progress)
    {
        var stages = PositiveOption.Of("--stages", 4, "Stages of the pipeline, with one layer each.");
        var rounds = new RoundOptions(rounds: 5, iterations: 20);
        var command = new Command("overhead", "Microseconds of messages and scheduling per micro-batch and stage, with nearly empty blocks.")
        {
            stages,
        };
        rounds.AddTo(command);
        command.SetAction(parsed => Measure(parsed.GetValue(stages), cases => rounds.Run(parsed, progress, cases), output));
        return command;
    }

    private static int Measure(int stages, Func<Case[], Rounds> run, TextWriter output)
    {
        output.WriteLine($"{Workload.Empty(stages, Many)}, and the same with {Few} micro-batches; 1 intra-op thread each");
        Machine.Print(output);
        var plain = FewAndMany.Of(w => PlainLoopCase.Of(w, 1), stages);
        var uncut = FewAndMany.Of(w => PipelineCase.Of(w, 1), stages);
        var cut = FewAndMany.Of(w => PipelineCase.Of(w, stages), stages);
        var machine = new Machine();
        var rounds = run([plain.Few, plain.Many, uncut.Few, uncut.Many, cut.Few, cut.Many]);
        rounds.Print(output);
        machine.PrintOthers(output);
        foreach (var (pipeline, of) in new[] { (uncut, 1), (cut, stages) })
        {
            output.WriteLine(
                $"pipeline of {of}, over the plain loop: for each micro-batch and stage "
                + $"{rounds.PerRound(s => 1e6 * (pipeline.PerMicroBatch(s, Cpu) - plain.PerMicroBatch(s, Cpu)) / of).Show("0")} us CPU; for each iteration "
                + $"{rounds.PerRound(s => 1e6 * (pipeline.PerIteration(s, Cpu) - plain.PerIteration(s, Cpu))).Show("0")} us CPU; "
                + $"wall clock for each micro-batch {rounds.PerRound(s => 1e6 * pipeline.PerMicroBatch(s, Wall)).Show("0")} us, "
                + $"plain {rounds.PerRound(s => 1e6 * plain.PerMicroBatch(s, Wall)).Show("0")} us");
        }

        return 0;
    }

    private static double Cpu(Sample sample, int microBatches) => sample.CpuSeconds;

    // A micro-batch of the empty workload has one token.
    private static double Wall(Sample sample, int microBatches) => microBatches / sample.TokensPerSecond;

    private sealed record FewAndMany(Case Few, Case Many)
    {
        public static FewAndMany Of(Func<Workload, Case> make, int stages)
        {
            var (few, many) = (make(Workload.Empty(stages, OverheadCommand.Few)), make(Workload.Empty(stages, OverheadCommand.Many)));
            return new FewAndMany(few with { Name = $"{few.Name}, {OverheadCommand.Few}" }, many with { Name = $"{many.Name}, {OverheadCommand.Many}" });
        }

        /// <summary>Seconds per micro-batch.</summary>
        public double PerMicroBatch(Func<Case, Sample> sample, Func<Sample, int, double> seconds) =>
            (seconds(sample(Many), OverheadCommand.Many) - seconds(sample(Few), OverheadCommand.Few)) / (OverheadCommand.Many - OverheadCommand.Few);

        /// <summary>Seconds per iteration in addition to its micro-batches.</summary>
        public double PerIteration(Func<Case, Sample> sample, Func<Sample, int, double> seconds) =>
            seconds(sample(Few), OverheadCommand.Few) - OverheadCommand.Few * PerMicroBatch(sample, seconds);
    }
}
