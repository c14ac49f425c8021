using PipelineRobustness.Pipeline.Ports;
using PipelineRobustness.Pipeline.Schedules;

namespace PipelineRobustness.Benchmarks;

/// <summary>
/// What the GPipe schedule leaves of the machine when stages share its cores: list scheduling of the graph
/// <code>
///   F(k-1, m) ──► F(k, m)        B(k+1, m) ──► B(k, m)        each stage in its own order, all F before all B
/// </code>
/// with a backward that takes twice its forward, and nothing else that takes time. For 4 stages and 2 micro-batches on 2
/// cores (each digit a unit of time of that stage, a backward two of them):
/// <code>
///   core 1   0 1 2 3 3 3 3 2 2 1 1 0 0 0 0
///   core 2   . 0 1 2 . . . 3 3 2 2 1 1 . .
/// </code>
/// </summary>
public static class ScheduleBound
{
    private const int BackwardOverForward = 2;

    /// <summary>The speed relative to <paramref name="cores"/> plain loops on a core each: 1 if no core ever waits.</summary>
    /// <param name="forward">The forward time of a micro-batch on each stage, in any unit.</param>
    /// <param name="microBatches">M.</param>
    /// <param name="cores">The number of stages that can compute concurrently.</param>
    public static double Of(IReadOnlyList<int> forward, int microBatches, int cores)
    {
        var work = (1.0 + BackwardOverForward) * forward.Sum() * microBatches;
        return work / cores / new Run(forward, microBatches, cores).Length();
    }

    private sealed class Run(IReadOnlyList<int> forward, int microBatches, int cores)
    {
        private readonly Queue<Work>[] _queues = [.. Enumerable.Range(0, forward.Count).Select(stage => Program(stage, forward.Count, microBatches))];
        private readonly Dictionary<Work, int> _running = [];
        private readonly HashSet<Work> _done = [];

        public int Length()
        {
            var now = 0;
            while (_running.Count > 0 || _queues.Any(stage => stage.Count > 0))
            {
                Begin(now);
                now = _running.Values.Min();
                foreach (var finished in _running.Where(one => one.Value == now).Select(one => one.Key).ToArray())
                {
                    _running.Remove(finished);
                    _done.Add(finished);
                }
            }

            return now;
        }

        // Order by micro-batch, then by stage.
        private void Begin(int now)
        {
            var ready = _queues.Where(stage => stage.Count > 0).Select(stage => stage.Peek()).Where(IsReady)
                .OrderBy(work => work.MicroBatch).ThenBy(work => work.Stage).ToArray();
            foreach (var work in ready.Take(cores - _running.Count))
            {
                _queues[work.Stage].Dequeue();
                _running.Add(work, now + Time(work));
            }
        }

        private bool IsReady(Work work)
        {
            if (_running.Keys.Any(other => other.Stage == work.Stage)) return false;
            var from = work.Direction == Direction.Forward ? work.Stage - 1 : work.Stage + 1;
            return from < 0 || from == forward.Count || _done.Contains(work with { Stage = from });
        }

        private int Time(Work work) =>
            forward[work.Stage] * (work.Direction == Direction.Forward ? 1 : BackwardOverForward);

        private static Queue<Work> Program(int stage, int stages, int microBatches) => new(
            GPipe.Instance.Program(new StageShare(stage, stages, microBatches)).Select(task => new Work(stage, task.MicroBatch, task.Direction)));
    }

    private readonly record struct Work(int Stage, int MicroBatch, Direction Direction);
}
