using System.Collections.Concurrent;
using PipelineRobustness.Pipeline.Ports;
using PipelineRobustness.Pipeline.Running;

namespace PipelineRobustness.Tests.Pipeline;

/// <summary>Stages run on threads of their own.</summary>
public sealed class ThreadSpecs
{
    [Fact]
    public void Two_stages_compute_at_once()
    {
        // Each waits for the other within its work: on one thread neither would ever come.
        using var barrier = new Barrier(2);
        var meeting = new Meeting(barrier);
        var run = (new Rig { Iterations = 1 } with { Behaviour = meeting }).Run();
        Assert.Equal((RunStatus.Done, null), (run.Status, run.Reason));
        Assert.Equal(1, meeting.Met);
    }

    [Fact]
    public void Every_stage_keeps_its_own_thread_for_life()
    {
        var watching = new Watching();
        (new Rig { Iterations = 5 } with { Behaviour = watching }).Run();
        Assert.Equal(4, watching.Threads.Count);
        Assert.All(watching.Threads.Values, threads => Assert.Single(threads));
        Assert.Equal(4, watching.Threads.Values.SelectMany(t => t.Keys).Distinct().Count());
    }

    [Fact]
    public void Every_stage_uses_the_set_number_of_threads_within_an_operation()
    {
        foreach (var threads in new[] { 1, 2, 3 })
        {
            var watching = new Watching();
            (new Rig { Iterations = 1, IntraOpThreads = threads } with { Behaviour = watching }).Run();
            Assert.Equal([threads], watching.IntraOpThreads.Keys);
        }
    }

    private sealed class Meeting(Barrier barrier) : IStageBehaviour
    {
        private int _met;

        public int Met => _met;

        public void BeforeWork(WorkContext context)
        {
            if (context is not ({ Stage: 0, MicroBatch: 1 } or { Stage: 1, MicroBatch: 0 })
                || context.Direction != Direction.Forward) return;
            if (!barrier.SignalAndWait(TimeSpan.FromMinutes(1))) throw new TimeoutException("the other stage never came");
            if (context.Stage == 0) Interlocked.Increment(ref _met);
        }
    }

    private sealed class Watching : IStageBehaviour
    {
        public ConcurrentDictionary<int, ConcurrentDictionary<int, bool>> Threads { get; } = new();

        public ConcurrentDictionary<int, bool> IntraOpThreads { get; } = new();

        public void BeforeWork(WorkContext context)
        {
            Threads.GetOrAdd(context.Stage, _ => new()).TryAdd(Environment.CurrentManagedThreadId, true);
            IntraOpThreads.TryAdd(TorchSharp.torch.get_num_threads(), true);
        }
    }
}
