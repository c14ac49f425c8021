using PipelineRobustness.Models.Shape;
using PipelineRobustness.Models.Training;
using PipelineRobustness.Pipeline.Messages;
using static TorchSharp.torch;

namespace PipelineRobustness.Pipeline.Stages.ShapeOnly;

/// <summary>A block of which only the size and the number of steps are known.</summary>
internal sealed class ShapeOnlyBlock(BlockRange range, long bytes) : IHeldBlock
{
    private long _steps;

    public int Index => range.Index;

    public UInt128 Digest => ShapeOnlyState.DigestOf(range, _steps);

    public IReadOnlyList<Tensor> LiveState => [];

    public string? FirstNotFinite() => null;

    public HolderReport Report() => new(Index, [], Digest);

    public void Step(Commit commit) => _steps++;

    public void Forget()
    {
    }

    public BlockState Capture() => new ShapeOnlyState(range, _steps, bytes);

    public BlockState DetachState() => Capture();

    public void Restore(BlockState state) => _steps = state is ShapeOnlyState counted && counted.Range == range
        ? counted.Steps
        : throw new ArgumentException($"the state is not that of block {Index}, counted", nameof(state));

    public void Dispose()
    {
    }

    /// <summary>The state of such a block: its number of steps.</summary>
    private sealed class ShapeOnlyState(BlockRange range, long steps, long bytes) : BlockState(range, [])
    {
        public long Steps => steps;

        public override long Bytes => bytes;

        public override UInt128 Digest() => DigestOf(Range, steps);

        public static UInt128 DigestOf(BlockRange range, long steps) => new((ulong)range.Index, (ulong)steps);
    }
}
