using System.CommandLine;
using System.Globalization;
using PipelineRobustness.Experiments;
using PipelineRobustness.Pipeline;

namespace PipelineRobustness.Benchmarks;

/// <summary><c>simulation</c>: how many stages' iterations a second are simulated without tensors.</summary>
internal static class SimulationCommand
{
    public static Command Make(TextWriter output, TextWriter progress)
    {
        var stages = PositiveOption.Of("--stages", 1000, "Stages.");
        var nodes = PositiveOption.Of("--nodes", 10_000, "Nodes.");
        var iterations = PositiveOption.Of("--iterations", 20, "Iterations.");
        var command = new Command("simulation", "Stages' iterations a second, simulated without tensors.") { stages, nodes, iterations };
        command.SetAction(parsed => Measure(parsed.GetValue(stages), parsed.GetValue(nodes), parsed.GetValue(iterations), output));
        return command;
    }

    private static int Measure(int stages, int nodes, int iterations, TextWriter output)
    {
        for (var round = 0; round < 3; round++)
        {
            var clock = new Clock();
            var result = ScaleRun.Of(new ScaleCase { Stages = stages, Nodes = nodes, Iterations = iterations, Seed = (ulong)round }, clock);
            output.WriteLine(string.Create(
                CultureInfo.InvariantCulture,
                $"{result} first after {clock.First:0.00} s, all {clock.Last:0.00} s; {stages * (iterations - 1) / (clock.Last - clock.First):0} stage-iterations/s"));
        }

        return 0;
    }

    private sealed class Clock : IRunObserver
    {
        private readonly Stretch _stretch = Stretch.Begin();

        public double First { get; private set; }

        public double Last { get; private set; }

        public void Observe(RunEvent occurrence)
        {
            if (occurrence is not IterationCommitted) return;
            Last = _stretch.CpuElapsed.TotalSeconds;
            if (First == 0) First = Last;
        }
    }
}
