using PipelineRobustness.Hosting;
using PipelineRobustness.Pipeline.Ports;
using PipelineRobustness.Pipeline.Running;
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
