using System.CommandLine;

namespace PipelineRobustness.Benchmarks;

/// <summary>
/// <c>overhead</c>: what messages and scheduling take where blocks have nearly nothing to do. Iterations of few and of
/// many micro-batches tell apart what each micro-batch costs and what each iteration does.
/// </summary>
internal static class OverheadCommand
{
    private const int Few = 8;
    private const int Many = 128;

    public static Command Make(TextWriter output, TextWriter progress)
    {
        var stages = PositiveOption.Of("--stages", 4, "Stages of the pipeline, one layer each.");
        var rounds = new RoundOptions(rounds: 5, iterations: 20);
        var command = new Command("overhead", "Microseconds of messages and scheduling for each micro-batch and stage, with nearly empty blocks.")
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
        var plain = Lengths.Of(w => PlainLoopCase.Of(w, 1), stages);
        var uncut = Lengths.Of(w => PipelineCase.Of(w, 1), stages);
        var cut = Lengths.Of(w => PipelineCase.Of(w, stages), stages);
        var machine = new Machine();
        var rounds = run([plain.Few, plain.Many, uncut.Few, uncut.Many, cut.Few, cut.Many]);
        rounds.Print(output);
        machine.PrintOthers(output);
        foreach (var (pipeline, of) in new[] { (uncut, 1), (cut, stages) })
        {
            output.WriteLine(
                $"pipeline of {of}, over the plain loop: for each micro-batch and stage "
                + $"{rounds.PerRound(s => 1e6 * (pipeline.Slope(s, Cpu) - plain.Slope(s, Cpu)) / of).Show("0")} us CPU; for each iteration "
                + $"{rounds.PerRound(s => 1e6 * (pipeline.Rest(s, Cpu) - plain.Rest(s, Cpu))).Show("0")} us CPU; wall clock for each micro-batch "
                + $"{rounds.PerRound(s => 1e6 * pipeline.Slope(s, Wall)).Show("0")} us, plain {rounds.PerRound(s => 1e6 * plain.Slope(s, Wall)).Show("0")} us");
        }

        return 0;
    }

    private static double Cpu(Sample sample, int microBatches) => sample.CpuSeconds;

    // A micro-batch of the empty workload is one token.
    private static double Wall(Sample sample, int microBatches) => microBatches / sample.TokensPerSecond;

    private sealed record Lengths(Case Few, Case Many)
    {
        public static Lengths Of(Func<Workload, Case> make, int stages)
        {
            var (few, many) = (make(Workload.Empty(stages, OverheadCommand.Few)), make(Workload.Empty(stages, OverheadCommand.Many)));
            return new Lengths(few with { Name = $"{few.Name}, {OverheadCommand.Few}" }, many with { Name = $"{many.Name}, {OverheadCommand.Many}" });
        }

        /// <summary>Seconds of a micro-batch.</summary>
        public double Slope(Func<Case, Sample> sample, Func<Sample, int, double> seconds) =>
            (seconds(sample(Many), OverheadCommand.Many) - seconds(sample(Few), OverheadCommand.Few)) / (OverheadCommand.Many - OverheadCommand.Few);

        /// <summary>Seconds of an iteration beside its micro-batches.</summary>
        public double Rest(Func<Case, Sample> sample, Func<Sample, int, double> seconds) =>
            seconds(sample(Few), OverheadCommand.Few) - OverheadCommand.Few * Slope(sample, seconds);
    }
}
