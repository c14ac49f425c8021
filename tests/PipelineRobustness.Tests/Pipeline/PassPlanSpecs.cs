using FsCheck;
using FsCheck.Fluent;
using PipelineRobustness.Pipeline.Ports;
using PipelineRobustness.Pipeline.Verification;

namespace PipelineRobustness.Tests.Pipeline;

/// <summary>Who works, who sends to whom, whose copy is worked where.</summary>
public sealed class PassPlanSpecs
{
    [Fact]
    public void In_the_middle_stage_k_holds_block_k_minus_1()
    {
        var held = Enumerable.Range(0, 6).Select(s => PassPlan.CopyHeldBy(s, 6, CopyPlacement.Middle));
        Assert.Equal([null, null, 1, 2, 3, 4], held);
    }

    [Fact]
    public void In_a_ring_every_block_has_a_copy()
    {
        var held = Enumerable.Range(0, 6).Select(s => PassPlan.CopyHeldBy(s, 6, CopyPlacement.Ring));
        Assert.Equal([5, 0, 1, 2, 3, 4], held);
    }

    [Fact]
    public void Nothing_but_middle_stages_can_be_accused_with_copies_in_the_middle()
    {
        var plan = new PassPlan(6, CopyPlacement.Middle, []);
        Assert.Equal([2, 3, 4, 5], plan.Checkers(Direction.Forward));
        Assert.Equal([0, 1, 2, 3], plan.Checkers(Direction.Backward));
    }

    [Fact]
    public void A_skipped_stages_neighbours_become_each_others()
    {
        var plan = new PassPlan(6, CopyPlacement.Middle, [2, 3]);
        Assert.Equal([0, 1, 4, 5], plan.Chain);
        Assert.Equal(4, plan.Successor(1));
        Assert.Equal(1, plan.Predecessor(4));
        Assert.Null(plan.CopyWorkedBy(4));
        Assert.Equal(4, plan.CopyWorkedBy(5));
        Assert.Equal(1, plan.JumpSource(5));
        Assert.Equal(5, plan.JumpPartner(1));
        Assert.Null(plan.JumpPartner(0));
    }

    [Fact]
    public void Both_ends_of_a_jump_know_each_other() => Check.QuickThrowOnFailure(Prop.ForAll(
        Gen.Choose(3, 12).ToArbitrary(),
        Gen.Elements(CopyPlacement.Middle, CopyPlacement.Ring).ToArbitrary(),
        Gen.Choose(0, int.MaxValue).ToArbitrary(),
        (stages, copies, bits) =>
        {
            var plan = new PassPlan(stages, copies, [.. Enumerable.Range(1, stages - 2).Where(s => ((bits >> s) & 1) == 1)]);
            return plan.Chain.All(holder =>
                plan.CopyWorkedBy(holder) is not { } block
                || (plan.CopyHolderOf(block) == holder
                    && (plan.JumpSource(holder) is { } source
                        ? plan.JumpPartner(source) == holder
                        : block == 0)));
        }));
}
