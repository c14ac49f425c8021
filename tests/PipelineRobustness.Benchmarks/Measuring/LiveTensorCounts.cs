using PipelineRobustness.Pipeline.Running;
using TorchSharp;

namespace PipelineRobustness.Benchmarks;

/// <summary>
/// Counts live tensors after each evaluation, when nothing of an iteration is under way any more: what a void jump left
/// in a mailbox lies before the evaluation's messages there, and has been disposed of.
/// </summary>
internal sealed class LiveTensorCounts(TextWriter progress, int iterations) : IRunObserver
{
    private readonly List<(long Iteration, long Tensors, long Resident)> _all = [];

    public IReadOnlyList<(long Iteration, long Tensors, long Resident)> All => _all;

    public long Verdicts { get; private set; }

    public long Repeats { get; private set; }

    /// <summary>
    /// By how many the least count of the last tenth is above the least of the first tenth; null where it is not. The
    /// least, since a thread that was held up in its last step may still hold a tensor when it is counted. A finalizer
    /// lowers the count, nothing sound raises it for good.
    /// </summary>
    public long? Grown
    {
        get
        {
            var some = (_all.Count + 9) / 10;
            var more = _all.TakeLast(some).Min(c => c.Tensors) - _all.Take(some).Min(c => c.Tensors);
            return more > 0 ? more : null;
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
