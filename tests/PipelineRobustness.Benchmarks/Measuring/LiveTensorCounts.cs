using PipelineRobustness.Pipeline.Running;
using TorchSharp;

namespace PipelineRobustness.Benchmarks;

/// <summary>
/// Counts live tensors after each evaluation, when no iteration is in progress: a void jump in a mailbox precedes the
/// evaluation's messages, so it has been disposed of.
/// </summary>
internal sealed class LiveTensorCounts(TextWriter progress, int iterations) : IRunObserver
{
    private readonly List<(long Iteration, long Tensors, long Resident)> _all = [];

    public IReadOnlyList<(long Iteration, long Tensors, long Resident)> All => _all;

    public long Verdicts { get; private set; }

    public long Repeats { get; private set; }

    /// <summary>
    /// The difference between the minimum counts of the last and the first tenth; null if not positive. Minima, since a
    /// thread that is delayed in its last step may still hold a tensor when it is counted. Finalizers lower the count;
    /// nothing correct raises it permanently.
    /// </summary>
    public long? Growth
    {
        get
        {
            var tenth = (_all.Count + 9) / 10;
            var growth = _all.TakeLast(tenth).Min(c => c.Tensors) - _all.Take(tenth).Min(c => c.Tensors);
            return growth > 0 ? growth : null;
        }
    }

    public void Observe(RunEvent occurrence)
    {
        if (occurrence is IterationCommitted commit)
        {
            Verdicts += commit.Verdicts.Length;
            Repeats += commit.Repeats;
        }
        else if (occurrence is Evaluated evaluated)
        {
            _all.Add((evaluated.Iteration, torch.Tensor.TotalCount, Environment.WorkingSet));
            if (evaluated.Iteration % 1000 == 0)
                progress.WriteLine($"iteration {evaluated.Iteration} of {iterations}: {_all[^1].Tensors} live tensors");
        }
    }
}
