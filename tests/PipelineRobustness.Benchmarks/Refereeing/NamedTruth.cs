using PipelineRobustness.Pipeline.Referee;

namespace PipelineRobustness.Benchmarks;

/// <summary>A pipeline, and the values of a pass in which nobody lies.</summary>
public sealed class NamedTruth
{
    private readonly ulong[,] _outputs;
    private readonly ulong[,] _gradients;

    /// <summary>Works the pass.</summary>
    public NamedTruth(Ring ring)
    {
        ArgumentNullException.ThrowIfNull(ring);
        Ring = ring;
        (_outputs, _gradients) = (new ulong[ring.Stages, ring.MicroBatches], new ulong[ring.Stages, ring.MicroBatches]);
        for (var m = 0; m < ring.MicroBatches; m++)
        {
            foreach (var block in ring.Blocks) _outputs[block, m] = Name.Forward(block, Input(block, m));
            _gradients[ring.Last, m] = Name.None;
            for (var block = ring.Last; block > 0; block--) _gradients[block - 1, m] = Name.Backward(block, Input(block, m), _gradients[block, m]);
        }
    }

    /// <summary>The pipeline.</summary>
    public Ring Ring { get; }

    /// <summary>What a block is given.</summary>
    public ulong Input(int block, int microBatch) => block == 0 ? Name.Tokens(microBatch) : Output(block - 1, microBatch);

    /// <summary>What it gives.</summary>
    public ulong Output(int block, int microBatch) => _outputs[block, microBatch];

    /// <summary>The gradient of what it gives.</summary>
    public ulong Gradient(int block, int microBatch) => _gradients[block, microBatch];

    /// <summary>Its part of the tied matrix's gradient.</summary>
    public ulong Part(int block) => Name.Part(block, WorkedOn(block));

    /// <summary>Its sums.</summary>
    public ulong Sums(int block) => Name.Sums(block, WorkedOn(block), Ring.HasTiedPart(block) ? Part(OtherEnd(block)) : Name.None);

    /// <summary>The other of the two blocks with the tied matrix.</summary>
    public int OtherEnd(int block) => block == 0 ? Ring.Last : 0;

    private IEnumerable<(ulong Input, ulong Gradient)> WorkedOn(int block) =>
        Enumerable.Range(0, Ring.MicroBatches).Select(m => (Input(block, m), Gradient(block, m)));
}
