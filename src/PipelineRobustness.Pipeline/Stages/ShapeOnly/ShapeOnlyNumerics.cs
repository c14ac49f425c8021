using System.Collections.Concurrent;
using PipelineRobustness.Pipeline.Messages;
using PipelineRobustness.Pipeline.Server;

namespace PipelineRobustness.Pipeline.Stages.ShapeOnly;

/// <summary>
/// No tensors: the same actors exchange the same messages at the same instants, with sizes in place of tensors. For
/// simulations of a thousand stages.
/// </summary>
internal sealed class ShapeOnlyNumerics(StageSetup setup) : INumerics
{
    private readonly ConcurrentDictionary<int, ShapeOnlyShare> _shares = [];

    public IHeldBlock Build(int block, Origin origin) =>
        setup.Begun(new ShapeOnlyBlock(setup.Cut[block], setup.StateBytes[block]), block, origin);

    public IStagePass Pass(BeginPass begin, int stage, IHeldBlock own, IHeldBlock? copy, IStageOutlet outlet) =>
        new ShapeOnlyPass(begin.Work, _shares.GetOrAdd(stage, static (number, of) => new ShapeOnlyShare(of, number), setup), own, copy, outlet);
}
