using PipelineRobustness.Pipeline;
using TorchSharp;

namespace PipelineRobustness.Benchmarks;

/// <summary>
/// Counts live tensors after each evaluation, when nothing of an iteration is under way any more: what a void jump left
/// in a mailbox lies before the evaluation's messages there, and has been disposed of.
/// </summary>
internal sealed class TensorCounts(TextWriter progress, int iterations) : IRunObserver
{
    private readonly List<(long Iteration, long Tensors, long Resident)> _all = [];

    public IReadOnlyList<(long Iteration, long Tensors, long Resident)> All => _all;

    public long Verdicts { get; private set; }

    public long Repeats { get; private set; }

    /// <summary>
    /// By how many the last count is above the third; null where it is not. Up to the third, what start-up left behind
    /// may still be about; a finalizer lowers the count, nothing sound raises it.
    /// </summary>
    public long? Grown => _all.Count > 3 && _all[^1].Tensors - _all[2].Tensors is > 0 and var more ? more : null;

    public void Observe(RunEvent occurrence)
    {
        if (occurrence is IterationCommitted commit)
        {
            Verdicts += commit.Verdicts.Count;
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
