using PipelineRobustness.Hosting;
using PipelineRobustness.Pipeline.Ports;
using PipelineRobustness.Pipeline.Running;

namespace PipelineRobustness.Benchmarks;

/// <summary>
/// The pipeline on real threads, with one intra-op thread per stage. Measured from the commit of the warm-up iteration
/// to the last commit, without start-up, evaluation and shutdown.
/// </summary>
internal static class PipelineCase
{
    private const int WarmUp = 1;

    public static Case Of(Workload workload, int stages) =>
        Of($"pipeline of {stages} {(stages == 1 ? "stage" : "stages")}", workload, workload.Plan(stages, 0));

    public static Case Of(string name, Workload workload, RunPlan plan) =>
        new(name, iterations => Measure(workload, plan, iterations));

    /// <summary>Runs a plan with an observer.</summary>
    /// <exception cref="InvalidOperationException">The run failed.</exception>
    public static void Run(Workload workload, RunPlan plan, RunPorts ports, IRunObserver observer)
    {
        using var outcome = PipelineHost.RunAsync(new RunSpec(plan, workload.Weights, workload.Data, ports), observer).GetAwaiter().GetResult();
        if (outcome.Status != RunStatus.Done) throw new InvalidOperationException($"{plan.Name}: {outcome.Reason}");
    }

    private static Sample Measure(Workload workload, RunPlan plan, int iterations)
    {
        var commits = new Commits();
        Run(workload, plan with { Training = plan.Training with { Iterations = WarmUp + iterations } }, new RunPorts(), commits);
        var (first, last) = (commits.All[WarmUp - 1], commits.All[^1]);
        return new Sample(
            iterations * workload.TokensPerIteration / (last.Elapsed - first.Elapsed).TotalSeconds,
            (last.Cpu - first.Cpu).TotalSeconds / iterations);
    }

    private sealed class Commits : IRunObserver
    {
        public List<(TimeSpan Elapsed, TimeSpan Cpu)> All { get; } = [];

        public void Observe(RunEvent occurrence)
        {
            if (occurrence is IterationCommitted commit) All.Add((commit.Elapsed, Environment.CpuUsage.TotalTime));
        }
    }
}
