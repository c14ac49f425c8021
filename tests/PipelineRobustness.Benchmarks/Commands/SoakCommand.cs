using System.CommandLine;
using System.Globalization;
using PipelineRobustness.Adversity.Attacks;
using PipelineRobustness.Pipeline.Ports;
using PipelineRobustness.Pipeline.Running;
using PipelineRobustness.Pipeline.Verification;

namespace PipelineRobustness.Benchmarks;

/// <summary>
/// <c>soak</c>: many iterations of a tiny model under attack in both directions, defended by substitution; the number
/// of live tensors must not grow.
/// </summary>
internal static class SoakCommand
{
    private const ulong Seed = 3;
    private const int Stages = 4;
    private const double Rate = 0.5;
    private const double MiB = 1 << 20;

    public static Command Make(TextWriter output, TextWriter progress)
    {
        var iterations = PositiveOption.Of("--iterations", 10_000, "Iterations.");
        var every = PositiveOption.Of("--every", 100, "Iterations between counts of live tensors.");
        var command = new Command("soak", "Live tensors over many iterations of a tiny model under attack; exit code 1 if they grow.")
        {
            iterations, every,
        };
        command.SetAction(parsed => Measure(parsed.GetValue(iterations), parsed.GetValue(every), output, progress));
        return command;
    }

    private static int Measure(int iterations, int every, TextWriter output, TextWriter progress)
    {
        var workload = new Workload(Layers: Stages, Hidden: 8, Heads: 2, Vocabulary: 29, Time: 4, MicroBatches: 2, MicroBatchSize: 1);
        var plan = PeakCommand.Plan(workload, Stages, iterations, CopyPlacement.Middle, "substitute");
        plan = plan with { Evaluation = new EvaluationSettings { Every = every } };
        output.WriteLine(string.Create(
            CultureInfo.InvariantCulture, $"{workload}; {Stages} stages, substitute, sign-flip and gaussian at rate {Rate}; {iterations} iterations"));
        Machine.Print(output);
        var adversary = new Adversary(Seed, Stages, [new SignFlip { Rate = Rate }, new GaussianNoise { Rate = Rate, Direction = Direction.Backward }]);
        var counts = new LiveTensorCounts(progress, iterations);
        var timer = ResourceTimer.Begin();
        PipelineCase.Run(workload, plan, new RunPorts { Behaviour = adversary }, counts);
        output.WriteLine(string.Create(
            CultureInfo.InvariantCulture,
            $"{timer.Elapsed.TotalSeconds:0} s, CPU {timer.CpuElapsed.TotalSeconds:0} s, load average {Machine.Load}; {adversary.Events.Count} attacks, "
            + $"{counts.Verdicts} verdicts, {counts.Repeats} repeats"));
        return Judge(counts, output);
    }

    private static int Judge(LiveTensorCounts counts, TextWriter output)
    {
        var (first, last) = (counts.All[0], counts.All[^1]);
        output.WriteLine(string.Create(
            CultureInfo.InvariantCulture,
            $"live tensors {first.Tensors} at first, {last.Tensors} at last, {counts.All.Max(c => c.Tensors)} at most; "
            + $"resident {first.Resident / MiB:0} MiB at first, {last.Resident / MiB:0} MiB at last"));
        output.WriteLine(counts.Growth is { } growth ? $"live tensors GREW by {growth}" : "live tensors did not grow");
        return counts.Growth is null ? 0 : CommandLine.Missed;
    }
}
