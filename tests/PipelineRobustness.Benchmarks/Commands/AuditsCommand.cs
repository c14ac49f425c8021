using System.CommandLine;
using System.Globalization;
using PipelineRobustness.Pipeline.Ports;
using PipelineRobustness.Pipeline.Running;
using PipelineRobustness.Pipeline.Verification;

namespace PipelineRobustness.Benchmarks;

/// <summary><c>audits</c>: how many iterations with lies are found by lot, and after how many lies, against what theory says.</summary>
internal static class AuditsCommand
{
    private const int Stages = 3;

    // A stage that is convicted stays: it lies in the first attempt at every iteration.
    private const int Never = 1_000_000;

    private static readonly int[] Shares = [2, 4, 8, 16];
    private static readonly int[] Lies = [1, 2];

    public static Command Make(TextWriter output)
    {
        var iterations = PositiveOption.Of("--iterations", 2_000, "Iterations of each run.");
        var command = new Command("audits", "Recall and delay of audits by lot without copies; exit code 1 beyond three standard deviations.") { iterations };
        command.SetAction(parsed => Run(parsed.GetValue(iterations), output));
        return command;
    }

    private static int Run(int iterations, TextWriter output)
    {
        var workload = new Workload(Layers: Stages, Hidden: 8, Heads: 2, Vocabulary: 29, Time: 4, MicroBatches: 2, MicroBatchSize: 1);
        output.WriteLine($"{workload}; {Stages} stages without copies; {iterations} iterations, in each of which stage 1 lies");
        var holds = true;
        foreach (var (share, lies) in Shares.SelectMany(share => Lies.Select(lies => (1.0 / share, lies))))
        {
            var found = Found(workload, iterations, share, lies);
            var recall = 1 - Math.Pow(1 - share, lies);
            var deviation = Math.Sqrt(recall * (1 - recall) / iterations);
            holds &= Judge($"share 1/{1 / share}, {lies} of 2 micro-batches: recall", recall, deviation, (double)found.Count / iterations);
            if (lies > 1 || found.Count == 0) continue;
            var delay = (found[^1] + 1.0) / found.Count;
            holds &= Judge($"share 1/{1 / share}, lies until one is found", 1 / share, Math.Sqrt(1 - share) / share / Math.Sqrt(found.Count), delay);
        }

        return holds ? 0 : CommandLine.Missed;

        bool Judge(string what, double expected, double deviation, double measured)
        {
            var off = (measured - expected) / deviation;
            output.WriteLine(string.Create(
                CultureInfo.InvariantCulture, $"{what}: {measured:0.0000}, expected {expected:0.0000}, {off:0.0} standard deviations off"));
            return Math.Abs(off) <= 3;
        }
    }

    // The iterations in which the lies were found.
    private static List<long> Found(Workload workload, int iterations, double share, int lies)
    {
        var observer = new Observer();
        var plan = workload.Plan(Stages, iterations) with
        {
            Defence = new DefenceSettings
            {
                Remedy = "referee",
                ChosenCopies = CopyPlacement.None,
                QuarantineAfter = Never,
                Audit = new AuditSettings { Share = share },
            },
        };
        PipelineCase.Run(workload, plan, new RunPorts { Behaviour = new FirstAttemptLiar(stage: 1, lies) }, observer);
        return observer.Found;
    }

    private sealed class Observer : IRunObserver
    {
        public List<long> Found { get; } = [];

        public void Observe(RunEvent occurrence)
        {
            if (occurrence is IterationCommitted { Rulings.IsEmpty: false } committed) Found.Add(committed.Iteration);
        }
    }
}
