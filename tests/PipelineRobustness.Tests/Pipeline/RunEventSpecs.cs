using PipelineRobustness.Hosting;
using PipelineRobustness.Pipeline.Ports;
using PipelineRobustness.Pipeline.Running;
using PipelineRobustness.Pipeline.Simulation;
using PipelineRobustness.Tests.Experiments;

namespace PipelineRobustness.Tests.Pipeline;

/// <summary>The events of a run in progress.</summary>
public sealed class RunEventSpecs
{
    [Fact]
    public async Task Training_time_excludes_evaluations()
    {
        var clock = new ManualClock();
        var rig = new Rig { Iterations = 4, EvaluateEvery = 1 };
        var log = new SlowToHear(clock);
        using var outcome = await PipelineHost.RunAsync(
            rig.Spec(new RunPorts { Clock = clock }), log, TestContext.Current.CancellationToken);
        Assert.Equal(RunStatus.Done, outcome.Status);
        Assert.Equal(4, log.Elapsed.Count);
        Assert.All(log.Elapsed, elapsed => Assert.Equal(TimeSpan.Zero, elapsed));
    }

    [Fact]
    public void A_run_ends_even_if_its_observer_fails_while_it_ends()
    {
        var rig = new Rig { Iterations = 3, Behaviour = Faults.At(1, 1).Throw() };
        using var outcome = SimulatedRun.Run(1, rig.Spec(new RunPorts { Behaviour = rig.Behaviour }), new FullDisk());
        Assert.Equal(RunStatus.Failed, outcome?.Status);
    }

    [Fact]
    public async Task A_resource_of_the_caller_outlives_the_run()
    {
        using var owned = new CancellationTokenSource();
        var spec = new Rig { Iterations = 1 }.Spec() with { Owned = [owned] };
        using var outcome = await PipelineHost.RunAsync(spec, new EventLog(), TestContext.Current.CancellationToken);
        Assert.Equal(RunStatus.Done, outcome.Status);
        // A source that is disposed of throws.
        await owned.CancelAsync();
    }

    private sealed class FullDisk : IRunObserver
    {
        public void Observe(RunEvent occurrence)
        {
            if (occurrence is IterationAbandoned) throw new IOException("No space left on device");
        }
    }

    // Every evaluation takes a minute.
    private sealed class SlowToHear(ManualClock clock) : IRunObserver
    {
        public List<TimeSpan> Elapsed { get; } = [];

        public void Observe(RunEvent occurrence)
        {
            if (occurrence is Evaluated) clock.Advance(TimeSpan.FromMinutes(1));
            if (occurrence is IterationCommitted committed) Elapsed.Add(committed.Elapsed);
        }
    }
}
