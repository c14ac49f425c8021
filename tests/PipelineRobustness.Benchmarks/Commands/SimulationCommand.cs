using System.CommandLine;
using System.Globalization;
using PipelineRobustness.Experiments.Scale;

namespace PipelineRobustness.Benchmarks;

/// <summary>
/// <c>simulation</c>: stage iterations per second of simulation without tensors, compared with bare actors that pass as
/// many messages along the same chain; and the memory of an idle node.
/// </summary>
internal static class SimulationCommand
{
    private const double Goal = 100_000;
    private const double OfBareGoal = 0.3;
    private const double NodeGoal = 20_000;
    private const double QuietCores = 0.2;

    // The mean lifetime of a machine; as many join: of 10,000, one every six minutes.
    private static readonly TimeSpan MeanTime = TimeSpan.FromHours(1000);

    public static Command Make(TextWriter output, TextWriter progress)
    {
        var stages = PositiveOption.Of("--stages", 1000, "Stages.");
        var nodes = PositiveOption.Of("--nodes", 10_000, "Nodes; those beyond the stages are spares that join and leave.");
        var iterations = PositiveOption.Of("--iterations", 200, "Iterations per round.");
        var rounds = PositiveOption.Of("--rounds", 3, "Rounds.");
        var command = new Command("simulation", "Stage iterations per second, simulated without tensors, compared with bare actors.")
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
        output.WriteLine($"{one.Stages} stages, {one.MicroBatches} micro-batches, {one.Nodes} nodes, {one.Iterations} iterations per round");
        var machine = new Machine();
        var cores = Environment.ProcessorCount;
        var found = new List<Pace[]>();
        for (var round = 0; round <= rounds; round++)
        {
            var seeded = one with { Seed = (ulong)round };
            Func<Pace>[] measures =
            [
                () => SimulationPace.Measure(seeded, 1), () => SimulationPace.Measure(seeded, cores),
                () => SimulationPace.Measure((seeded with { CheckpointEvery = 10 }).WithChurn(MeanTime), cores),
                () => BareChain.Measure(one.Stages, one.MicroBatches, 20 * (int)one.Iterations),
            ];
            var when = round == 0 ? "warm-up" : $"round {round} of {rounds}";
            Pace[] paces = [.. measures.Zip(Names(cores), (measure, name) => Report(measure(), name, when))];
            if (round > 0) found.Add(paces);
        }

        machine.PrintOthers(output);
        foreach (var (name, index) in Names(cores).Select((name, index) => (name, index)))
        {
            output.WriteLine(
                $"{name}: {Of(p => p[index].Wall).Show("0")} stage-iterations/s, {Of(p => p[index].Processor).Show("0")} per second of processor time");
        }

        var goals = new Goals(output, machine.CoresUsedByOthers > QuietCores ? $"other processes used {machine.CoresUsedByOthers:0.0} cores" : null);
        goals.AtLeast($"stage-iterations/s, {Names(cores)[1]}", Goal, Of(p => p[1].Wall));
        goals.AtLeast($"stage-iterations/s, {Names(cores)[2]}", Goal, Of(p => p[2].Wall));
        goals.AtLeast("share of the speed of bare actors", OfBareGoal, Of(p => p[1].Wall / p[3].Wall));
        goals.AtMost("bytes per idle node", NodeGoal, Spread.Of([IdleNode(one)]));
        goals.Explain();
        return goals.ExitCode;

        Pace Report(Pace pace, string name, string when)
        {
            progress.WriteLine($"{when}: {Line(name, pace)}");
            return pace;
        }

        Spread Of(Func<Pace[], double> number) => Spread.Of(found.Select(number));
    }

    private static string[] Names(int cores) => ["one simulation", $"{cores} at once", $"{cores} at once, nodes join and leave", "bare actors"];

    private static string Line(string name, Pace pace) =>
        string.Create(CultureInfo.InvariantCulture, $"{name} {pace.Wall:0} ({pace.Processor:0} per processor second)");

    private static double IdleNode(ScaleCase one)
    {
        var few = one with { Nodes = one.Stages, Iterations = 1 };
        var more = few with { Nodes = one.Stages + 10_000 };
        SimulationPace.Memory(few);
        return (SimulationPace.Memory(more) - SimulationPace.Memory(few)) / 10_000.0;
    }
}
