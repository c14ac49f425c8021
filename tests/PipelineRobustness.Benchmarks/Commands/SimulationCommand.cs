using System.CommandLine;
using System.Globalization;
using PipelineRobustness.Experiments;

namespace PipelineRobustness.Benchmarks;

/// <summary>
/// <c>simulation</c>: how many stages' iterations a second are simulated without tensors, beside bare actors that pass as many
/// messages along the same chain; and what a node costs that does nothing.
/// </summary>
internal static class SimulationCommand
{
    private const double Goal = 100_000;
    private const double OfBareGoal = 0.3;
    private const double NodeGoal = 20_000;

    // A machine dies after so long, in the mean, and as many come: one of 10,000 every six minutes.
    private static readonly TimeSpan MeanTime = TimeSpan.FromHours(1000);

    public static Command Make(TextWriter output, TextWriter progress)
    {
        var stages = PositiveOption.Of("--stages", 1000, "Stages.");
        var nodes = PositiveOption.Of("--nodes", 10_000, "Nodes, those beyond the stages spares that come and go.");
        var iterations = PositiveOption.Of("--iterations", 200, "Iterations of a round.");
        var rounds = PositiveOption.Of("--rounds", 3, "Rounds.");
        var command = new Command("simulation", "Stages' iterations a second, simulated without tensors, beside bare actors.")
        {
            stages, nodes, iterations, rounds,
        };
        command.SetAction(parsed =>
        {
            var one = new ScaleCase { Stages = parsed.GetValue(stages), Nodes = parsed.GetValue(nodes), Iterations = parsed.GetValue(iterations) };
            return Measure(one, parsed.GetValue(rounds), output, progress);
        });
        return command;
    }

    private static int Measure(ScaleCase one, int rounds, TextWriter output, TextWriter progress)
    {
        Machine.Print(output);
        output.WriteLine($"{one.Stages} stages, {one.MicroBatches} micro-batches, {one.Nodes} nodes, {one.Iterations} iterations a round");
        var machine = new Machine();
        var cores = Environment.ProcessorCount;
        var (alone, all, churned, bare) = (new List<double>(), new List<double>(), new List<double>(), new List<double>());
        for (var round = 0; round <= rounds; round++)
        {
            var seeded = one with { Seed = (ulong)round };
            double[] found =
            [
                SimulationPace.Measure(seeded, 1), SimulationPace.Measure(seeded, cores),
                SimulationPace.Measure(seeded.WithChurn(MeanTime), cores), BareChain.Measure(one.Stages, one.MicroBatches, (int)one.Iterations),
            ];
            progress.WriteLine(string.Create(
                CultureInfo.InvariantCulture,
                $"{(round == 0 ? "warm-up" : $"round {round}")}: one {found[0]:0}, {cores} at once {found[1]:0}, with churn {found[2]:0}, bare {found[3]:0}"));
            if (round == 0) continue;
            foreach (var (list, rate) in new[] { alone, all, churned, bare }.Zip(found)) list.Add(rate);
        }

        machine.PrintOthers(output);
        var goals = new Goals(output, machine.CoresOfOthers > 0.2 ? $"others kept {machine.CoresOfOthers:0.0} cores busy" : null);
        output.WriteLine($"stage-iterations/s of one simulation: {Spread.Of(alone).Show("0")}");
        output.WriteLine($"of bare actors: {Spread.Of(bare).Show("0")}");
        goals.AtLeast($"of {cores} simulations at once", Goal, Spread.Of(all));
        goals.AtLeast($"the same while nodes come and go", Goal, Spread.Of(churned));
        goals.AtLeast("of bare actors' share", OfBareGoal, Spread.Of(all.Zip(bare, (ours, theirs) => ours / theirs)));
        goals.AtMost("bytes of a node that does nothing", NodeGoal, Spread.Of([IdleNode(one)]));
        goals.Explain();
        return goals.ExitCode;
    }

    private static double IdleNode(ScaleCase one)
    {
        var few = one with { Nodes = one.Stages, Iterations = 1 };
        var more = few with { Nodes = one.Stages + 10_000 };
        SimulationPace.Memory(few);
        return (SimulationPace.Memory(more) - SimulationPace.Memory(few)) / 10_000.0;
    }
}
