using PipelineRobustness.Models.Randomness;
using static TorchSharp.torch;

namespace PipelineRobustness.Models.Text;

/// <summary>
/// The training data of each iteration: disjoint windows with inputs [iT, iT + T) and targets shifted by one. An epoch
/// is a permutation of the windows drawn from (seed, epoch); windows that do not fill an iteration are skipped in that
/// epoch. The data is a pure function of the iteration; thread-safe.
/// </summary>
public sealed class TrainingWindows
{
    private readonly TokenSequence _tokens;
    private readonly int _microBatches;
    private readonly ulong _seed;
    private readonly int _windows;
    private readonly long _firstIteration;
    private volatile Epoch? _latest;

    /// <summary>Prepares the windows.</summary>
    /// <param name="tokens">The text; not copied.</param>
    /// <param name="time">Tokens per window, T.</param>
    /// <param name="microBatches">Micro-batches per iteration.</param>
    /// <param name="microBatchSize">Windows per micro-batch.</param>
    /// <param name="seed">The seed of the order.</param>
    /// <param name="firstWindow">Windows used before this run, rounded up to a whole iteration.</param>
    /// <exception cref="BadInputException">The text is too short for one iteration.</exception>
    public TrainingWindows(
        TokenSequence tokens, int time, int microBatches, int microBatchSize, ulong seed, long firstWindow = 0)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(time, 1);
        ArgumentOutOfRangeException.ThrowIfLessThan(microBatches, 1);
        ArgumentOutOfRangeException.ThrowIfLessThan(microBatchSize, 1);
        ArgumentOutOfRangeException.ThrowIfNegative(firstWindow);
        _tokens = tokens;
        _microBatches = microBatches;
        _seed = seed;
        _windows = Windows.Count(tokens.Length, time);
        Shape = new MicroBatchShape(microBatchSize, time);
        var needed = (long)microBatches * microBatchSize;
        if (needed > _windows)
            throw new BadInputException(
                $"data: expected text for {microBatches} micro-batches of {microBatchSize} windows of {time} tokens "
                + $"({needed * time + 1} tokens), found {tokens.Length} tokens");
        _firstIteration = (firstWindow + needed - 1) / needed;
    }

    /// <summary>The shape of every micro-batch.</summary>
    public MicroBatchShape Shape { get; }

    /// <summary>Windows per iteration.</summary>
    public int WindowsPerIteration => _microBatches * Shape.Windows;

    /// <summary>Iterations per epoch.</summary>
    public int IterationsPerEpoch => _windows / WindowsPerIteration;

    /// <summary>int64 [windows, time], outside any dispose scope: the caller disposes of it.</summary>
    public Tensor Inputs(long iteration, int microBatch) => At(iteration, microBatch, 0);

    /// <summary>Like <see cref="Inputs"/>, shifted by one token.</summary>
    public Tensor Targets(long iteration, int microBatch) => At(iteration, microBatch, 1);

    /// <summary>The windows of a micro-batch, by their index in the text.</summary>
    public IReadOnlyList<int> WindowsOf(long iteration, int microBatch)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(iteration);
        ArgumentOutOfRangeException.ThrowIfNegative(microBatch);
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual(microBatch, _microBatches);
        var (epoch, within) = Math.DivRem(_firstIteration + iteration, IterationsPerEpoch);
        var first = (int)within * WindowsPerIteration + microBatch * Shape.Windows;
        return new ArraySegment<int>(OrderOf(epoch), first, Shape.Windows);
    }

    /// <summary>Windows used after this many iterations of this run, including those used before it.</summary>
    public long WindowsUsed(long iterations) => (_firstIteration + iterations) * WindowsPerIteration;

    private Tensor At(long iteration, int microBatch, int shift)
    {
        var starts = WindowsOf(iteration, microBatch).Select(window => (long)window * Shape.Time + shift).ToArray();
        return Windows.At(_tokens, starts, Shape.Time);
    }

    private int[] OrderOf(long epoch)
    {
        var latest = _latest;
        if (latest is null || latest.Number != epoch)
            _latest = latest = new Epoch(epoch, Permutation(epoch));
        return latest.Order;
    }

    /// <summary>The Fisher-Yates shuffle, with a random key per swap.</summary>
    private int[] Permutation(long epoch)
    {
        var order = Enumerable.Range(0, _windows).ToArray();
        for (var i = order.Length - 1; i > 0; i--)
        {
            var j = SeededRandom.Below(SeededRandom.Key(_seed, "epoch", epoch, i), i + 1);
            (order[i], order[j]) = (order[j], order[i]);
        }
        return order;
    }

    private sealed record Epoch(long Number, int[] Order);
}
