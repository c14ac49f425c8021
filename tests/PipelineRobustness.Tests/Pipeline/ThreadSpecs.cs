using System.Collections.Concurrent;
using PipelineRobustness.Pipeline.Running;

namespace PipelineRobustness.Tests.Pipeline;

/// <summary>Stages run on threads of their own.</summary>
public sealed class ThreadSpecs
{
    [Fact]
    public void Two_stages_compute_at_once()
    {
        // Each waits for the other during its work: on one thread neither would ever finish.
        using var barrier = new Barrier(2);
        void Meet()
        {
            if (!barrier.SignalAndWait(TimeSpan.FromMinutes(1))) throw new TimeoutException("the other stage never came");
        }

        var meeting = Faults.At(stage: 0).Forward.MicroBatch(1).Do(Meet).With(Faults.At(stage: 1).Forward.MicroBatch(0).Do(Meet));
        var run = new Rig { Iterations = 1, Behaviour = meeting }.Run();
        Assert.Equal((RunStatus.Done, null), (run.Status, run.Reason));
        Assert.Equal(1, barrier.CurrentPhaseNumber);
    }

    [Fact]
    public void Every_stage_keeps_its_own_thread_for_life()
    {
        var threads = new ConcurrentDictionary<(int Stage, int Thread), bool>();
        new Rig
        {
            Iterations = 5,
            Behaviour = Faults.At().Do(work => threads.TryAdd((work.Stage, Environment.CurrentManagedThreadId), true)),
        }.Run();
        Assert.Equal([0, 1, 2, 3], threads.Keys.Select(t => t.Stage).Order());
        Assert.Equal(4, threads.Keys.Select(t => t.Thread).Distinct().Count());
    }

    [Fact]
    public void Every_stage_uses_the_set_number_of_threads_within_an_operation()
    {
        foreach (var set in new[] { 1, 2, 3 })
        {
            var used = new ConcurrentDictionary<int, bool>();
            new Rig { Iterations = 1, IntraOpThreads = set, Behaviour = Faults.At().Do(() => used.TryAdd(TorchSharp.torch.get_num_threads(), true)) }.Run();
            Assert.Equal([set], used.Keys);
        }
    }
}
