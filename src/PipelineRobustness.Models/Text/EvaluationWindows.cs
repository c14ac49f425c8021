using static TorchSharp.torch;

namespace PipelineRobustness.Models.Text;

/// <summary>
/// The evaluation data: windows in the text's order, in micro-batches of the training shape; the last full-length
/// micro-batch may have fewer windows. The text's last, shorter window has a micro-batch of its own, because shapes
/// determine bits.
/// </summary>
public sealed class EvaluationWindows
{
    private readonly TokenSequence _tokens;
    private readonly int _whole;
    private readonly int _rest;

    /// <summary>Prepares the windows.</summary>
    /// <param name="tokens">The text; not copied.</param>
    /// <param name="time">Tokens per window.</param>
    /// <param name="microBatchSize">Windows per micro-batch.</param>
    /// <param name="windowsMax">Use only this many windows from the start; 0 for all.</param>
    /// <exception cref="BadInputException">The text has fewer than two tokens.</exception>
    public EvaluationWindows(TokenSequence tokens, int time, int microBatchSize, int windowsMax = 0)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(time, 1);
        ArgumentOutOfRangeException.ThrowIfLessThan(microBatchSize, 1);
        ArgumentOutOfRangeException.ThrowIfNegative(windowsMax);
        if (tokens.Length < 2)
            throw new BadInputException($"data: expected at least 2 tokens to evaluate on, found {tokens.Length}");
        _tokens = tokens;
        Shape = new MicroBatchShape(microBatchSize, time);
        _whole = Windows.Count(tokens.Length, time);
        _rest = (int)(tokens.Length - 1 - (long)_whole * time);
        if (windowsMax > 0 && windowsMax <= _whole)
            (_whole, _rest) = (windowsMax, 0);
    }

    /// <summary>The shape of a full micro-batch.</summary>
    public MicroBatchShape Shape { get; }

    /// <summary>The shape of a micro-batch.</summary>
    public MicroBatchShape ShapeOf(int microBatch)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(microBatch);
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual(microBatch, MicroBatches);
        return microBatch == WholeMicroBatches ? new(1, _rest) : Shape with { Windows = Math.Min(Shape.Windows, _whole - FirstOf(microBatch)) };
    }

    /// <summary>Number of micro-batches.</summary>
    public int MicroBatches => WholeMicroBatches + (_rest > 0 ? 1 : 0);

    /// <summary>Number of targets in all windows.</summary>
    public long TargetCount => (long)_whole * Shape.Time + _rest;

    private int WholeMicroBatches => (_whole + Shape.Windows - 1) / Shape.Windows;

    /// <summary>int64 [windows, time], outside any dispose scope: the caller disposes of it.</summary>
    public Tensor Inputs(int microBatch) => At(microBatch, 0);

    /// <summary>Like <see cref="Inputs"/>, shifted by one token.</summary>
    public Tensor Targets(int microBatch) => At(microBatch, 1);

    private Tensor At(int microBatch, int shift)
    {
        var (windows, time) = ShapeOf(microBatch);
        long[] starts = [.. Enumerable.Range(FirstOf(microBatch), windows).Select(window => (long)window * Shape.Time + shift)];
        return Windows.At(_tokens, starts, time);
    }

    // The text's last, shorter window follows the whole ones.
    private int FirstOf(int microBatch) => Math.Min(microBatch * Shape.Windows, _whole);
}
