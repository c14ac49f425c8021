using System.Collections.Immutable;
using PipelineRobustness.Models.Decoder;
using PipelineRobustness.Models.Shape;
using PipelineRobustness.Models.Training;
using PipelineRobustness.Models.Weights;
using PipelineRobustness.Pipeline.Messages;
using PipelineRobustness.Pipeline.Ports;
using PipelineRobustness.Pipeline.Running;
using static TorchSharp.torch;

namespace PipelineRobustness.Tests.Experiments;

/// <summary>A pipeline that trains nothing: it reports set events, ends as set, and returns the weights it was given.</summary>
internal sealed class FakePipeline
{
    /// <summary>How a run ends, by its name; done at a loss of 2 where nothing is said.</summary>
    public Dictionary<string, (RunStatus Status, string? Reason, double? Loss)> Ends { get; } = [];

    /// <summary>The events that a run reports, by its name.</summary>
    public Dictionary<string, IReadOnlyList<RunEvent>> Events { get; } = [];

    /// <summary>What was launched, in order.</summary>
    public List<(RunPlan Plan, string Weights, long WindowsUsed, bool Interrupted)> Launched { get; } = [];

    /// <summary>Their keys.</summary>
    public List<RunKey> Keys { get; } = [];

    /// <summary>Called as a run is launched.</summary>
    public Action<RunPlan> Launching { get; set; } = _ => { };

    /// <summary>Called before a run tells its events.</summary>
    public Action<RunPlan, RunPorts> Beginning { get; set; } = (_, _) => { };

    /// <summary>Called when a run has reported its events.</summary>
    public Action<RunPlan, RunPorts, CancellationToken> Working { get; set; } = (_, _, _) => { };

    public Task<RunOutcome> LaunchAsync(RunSpec run, IRunObserver observer, CancellationToken interrupt)
    {
        var (plan, weights, data, ports) = run;
        Launching(plan);
        Keys.Add(run.Key);
        Launched.Add((plan, weights.Identity, data.Training.WindowsUsed(0), interrupt.IsCancellationRequested));
        Beginning(plan, ports);
        foreach (var occurrence in Events.GetValueOrDefault(plan.Name, [])) observer.Observe(occurrence);
        Working(plan, ports, interrupt);
        var (status, reason, loss) = Ends.GetValueOrDefault(plan.Name, (RunStatus.Done, null, 2));
        var iterations = status == RunStatus.Done ? plan.Iterations : 0;
        return Task.FromResult(new RunOutcome(status, reason, iterations, loss, State(plan, weights)));
    }

    /// <summary>A committed iteration.</summary>
    public static IterationCommitted Committed(long iteration, double loss, TimeSpan elapsed, params Verdict[] verdicts) =>
        new(iteration, loss, 0.001, 1, 2, 0, 0, 1, [1], [1, 2], [.. verdicts], [], [], elapsed, [], []);

    private static ImmutableArray<BlockState> State(RunPlan plan, IWeightSource weights)
    {
        using var scope = NewDisposeScope();
        using var trainer = new BlockTrainer(new Block(plan.Model, BlockRange.Whole(plan.Model), weights), plan.Training.Optimizer);
        return [trainer.Capture()];
    }
}
