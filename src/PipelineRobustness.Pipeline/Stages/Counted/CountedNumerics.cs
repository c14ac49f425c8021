using PipelineRobustness.Models;

namespace PipelineRobustness.Pipeline;

/// <summary>
/// No tensors: the same actors say the same words at the same instants, and of what they send only the size counts. For
/// simulations of a thousand stages.
/// </summary>
internal sealed class CountedNumerics(StageSetup setup) : INumerics
{
    private const long StateBytesPerParameter = 3 * sizeof(float);

    private readonly Dictionary<int, CountedShare> _shares = [];

    public IHeldBlock Build(int block, PlaceStage order)
    {
        var bytes = Cut.Parameters(setup.Plan.Model, setup.Cut[block]) * StateBytesPerParameter;
        return setup.Begun(new CountedBlock(setup.Cut[block], bytes), block, order);
    }

    public IStagePass Pass(BeginPass begin, int stage, IHeldBlock own, IHeldBlock? copy, IStageOutlet outlet)
    {
        if (!_shares.TryGetValue(stage, out var share)) _shares[stage] = share = new CountedShare(setup, stage);
        return new CountedPass(begin.Work, share, own, copy, outlet);
    }
}
