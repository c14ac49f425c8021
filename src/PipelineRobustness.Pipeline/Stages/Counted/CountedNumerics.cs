using System.Collections.Concurrent;

namespace PipelineRobustness.Pipeline;

/// <summary>
/// No tensors: the same actors say the same words at the same instants, and of what they send only the size counts. For
/// simulations of a thousand stages.
/// </summary>
internal sealed class CountedNumerics(StageSetup setup) : INumerics
{
    private readonly ConcurrentDictionary<int, CountedShare> _shares = [];

    public IHeldBlock Build(int block, PlaceStage order) =>
        setup.Begun(new CountedBlock(setup.Cut[block], setup.StateBytes[block]), block, order);

    public IStagePass Pass(BeginPass begin, int stage, IHeldBlock own, IHeldBlock? copy, IStageOutlet outlet) =>
        new CountedPass(begin.Work, _shares.GetOrAdd(stage, static (number, of) => new CountedShare(of, number), setup), own, copy, outlet);
}
