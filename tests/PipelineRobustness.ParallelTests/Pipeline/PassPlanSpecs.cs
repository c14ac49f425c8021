using FsCheck;
using FsCheck.Fluent;
using PipelineRobustness.Pipeline.Ports;
using PipelineRobustness.Pipeline.Verification;
using PipelineRobustness.Pipeline.Verification.Detectors;

namespace PipelineRobustness.Tests.Pipeline;

/// <summary>Which stage works, sends to which, and works which copy.</summary>
public sealed class PassPlanSpecs
{
    [Fact]
    public void Middle_copies_put_block_k_minus_1_on_stage_k()
    {
        var held = Enumerable.Range(0, 6).Select(s => PassPlan.CopyHeldBy(s, 6, CopyPlacement.Middle));
        Assert.Equal([null, null, 1, 2, 3, 4], held);
    }

    [Fact]
    public void Ring_copies_cover_every_block()
    {
        var held = Enumerable.Range(0, 6).Select(s => PassPlan.CopyHeldBy(s, 6, CopyPlacement.Ring));
        Assert.Equal([5, 0, 1, 2, 3, 4], held);
    }

    [Fact]
    public void Middle_copies_accuse_middle_stages_only()
    {
        var plan = new PassPlan(6, CopyPlacement.Middle, []);
        Assert.Equal([2, 3, 4, 5], plan.Checkers(new CopyDetector(), Direction.Forward));
        Assert.Equal([0, 1, 2, 3], plan.Checkers(new CopyDetector(), Direction.Backward));
    }

    [Fact]
    public void Neighbours_of_a_skipped_stage_become_each_other_s()
    {
        var plan = new PassPlan(6, CopyPlacement.Middle, [2, 3]);
        Assert.Equal([0, 1, 4, 5], plan.Chain);
        Assert.Equal(4, plan.Successor(1));
        Assert.Equal(1, plan.Predecessor(4));
        Assert.Null(plan.CopyComputedBy(4));
        Assert.Equal(4, plan.CopyComputedBy(5));
        Assert.Equal(1, plan.JumpSource(5));
        Assert.Equal(5, plan.JumpPartner(1));
        Assert.Null(plan.JumpPartner(0));
    }

    [Fact]
    public void A_jump_s_two_ends_know_each_other() => Check.QuickThrowOnFailure(Prop.ForAll(
        Gen.Choose(3, 12).ToArbitrary(),
        Gen.Elements(CopyPlacement.Middle, CopyPlacement.Ring).ToArbitrary(),
        Gen.Choose(0, int.MaxValue).ToArbitrary(),
        (stages, copies, bits) =>
        {
            var plan = new PassPlan(stages, copies, [.. Enumerable.Range(1, stages - 2).Where(s => ((bits >> s) & 1) == 1)]);
            return plan.Chain.All(holder =>
                plan.CopyComputedBy(holder) is not { } block
                || (plan.CopyHolderOf(block) == holder
                    && (plan.JumpSource(holder) is { } source
                        ? plan.JumpPartner(source) == holder
                        : block == 0)));
        }));
}
