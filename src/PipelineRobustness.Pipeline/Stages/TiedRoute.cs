using PipelineRobustness.Pipeline.Running;
using PipelineRobustness.Pipeline.Verification;

namespace PipelineRobustness.Pipeline.Stages;

/// <summary>
/// Routes of the tied matrix's gradients: the embedding's on the first stage, the head's on the last. Each end sends its
/// own to every holder of the other end's block.
/// </summary>
internal sealed class TiedRoute(PassPlan plan, int stage, RunPlan run)
{
    private readonly int _last = run.Stages - 1;

    /// <summary>Whether the matrix is tied at all.</summary>
    public bool IsTied => run.Model.TiedHead;

    /// <summary>Whether its two uses are on two stages.</summary>
    public bool IsCut => IsTied && _last > 0;

    /// <summary>Whether one of its uses is in the stage's own block.</summary>
    public bool IsEnd => stage == 0 || stage == _last;

    /// <summary>The end that a gradient comes from.</summary>
    public int Source => stage == _last ? 0 : _last;

    /// <summary>Whether the stage needs the other end's gradient: for its own block, or, on stage 1, for a copy of the first.</summary>
    public bool Waits => IsCut && (IsEnd || plan.CopyComputedBy(stage) == 0);

    /// <summary>The stages that it sends its own gradient to.</summary>
    public IEnumerable<int> Receivers => !IsCut || !IsEnd ? [] : Holders(stage == 0 ? _last : 0).Where(to => to != stage);

    private IEnumerable<int> Holders(int block)
    {
        yield return block;
        if (plan.CopyHolderOf(block) is { } holder) yield return holder;
    }
}
