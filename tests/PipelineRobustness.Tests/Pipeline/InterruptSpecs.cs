using PipelineRobustness.Models.Training;
using PipelineRobustness.Pipeline.Ports;
using PipelineRobustness.Pipeline.Running;
using PipelineRobustness.Pipeline.Simulation;

namespace PipelineRobustness.Tests.Pipeline;

/// <summary>An iteration happens entirely or not at all, whenever the run is asked to stop.</summary>
public sealed class InterruptSpecs
{
    private static readonly Rig Some = new()
    {
        Layers = 4,
        Stages = 4,
        MicroBatches = 2,
        EvaluateEvery = 1,
        Remedy = "substitute",
        Forward = [Rig.Flip with { Rate = 0.5 }],
    };

    [Fact]
    public void An_interrupt_at_any_instant_leaves_the_state_of_a_whole_iteration()
    {
        var states = Enumerable.Range(0, (int)Some.Iterations + 1).Select(n => Some.PlainLoopUntil(n).Hash).ToArray();
        var (turns, whole) = Interrupted(long.MaxValue);
        Assert.Equal((RunStatus.Done, 3), (whole.Status, whole.Iterations));
        var ends = new HashSet<(RunStatus, long)>();
        for (var at = 0L; at < turns; at += 23)
        {
            var (_, outcome) = Interrupted(at);
            ends.Add((outcome.Status, outcome.Iterations));
            Assert.Equal(states[outcome.Iterations], outcome.Hash);
            Assert.Equal(outcome.Status == RunStatus.Done, outcome.Reason is null);
        }

        for (var iterations = 0; iterations <= 3; iterations++) Assert.Contains((RunStatus.Interrupted, iterations), ends);
    }

    private static (long Turns, (RunStatus Status, string? Reason, long Iterations, string Hash) Outcome) Interrupted(long at)
    {
        using var world = new SimulatedWorld(1);
        RunOutcome? outcome = null;
        var ports = new RunPorts { Behaviour = Some.Adversary(), Clock = world.Clock };
        var run = RunSystem.Start(
            world.System, Some.Spec(ports), new EventLog(), nodes: 1, room: null, o => outcome = o);
        world.Pump(() => world.Turns >= at || outcome is not null, TimeSpan.FromDays(1));
        if (outcome is null) run.Interrupt();
        Assert.True(world.Pump(() => outcome is not null, TimeSpan.FromDays(1)), $"stuck, interrupted at turn {at}");
        run.Stop();
        using (outcome)
        {
            var hash = Fingerprint.State(outcome!.FinalState.SelectMany(b => b.Parameters), outcome.Iterations);
            return (world.Turns, (outcome.Status, outcome.Reason, outcome.Iterations, hash));
        }
    }
}
