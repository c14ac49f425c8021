using PipelineRobustness.Adversity.Attacks;
using PipelineRobustness.Pipeline.Running;
using PipelineRobustness.Pipeline.Verification;

namespace PipelineRobustness.Tests.Pipeline;

/// <summary>A forward pass that is recomputed for the backward pass: no bit depends on it.</summary>
public sealed class RecomputeSpecs
{
    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    [InlineData(4)]
    public void Recomputing_over_any_number_of_stages_gives_the_plain_loop_s_bits(int stages)
    {
        var rig = new Rig { Stages = stages, Recompute = true };
        var (plain, ended) = (rig.PlainLoop(), rig.Run());
        Assert.Equal(RunStatus.Done, ended.Status);
        Assert.Equal((plain.Hash, plain.Loss), (ended.Hash, ended.Loss));
    }

    [Theory]
    [InlineData("observe", CopyPlacement.Middle)]
    [InlineData("substitute", CopyPlacement.Middle)]
    [InlineData("substitute", CopyPlacement.Ring)]
    [InlineData("skip", CopyPlacement.Middle)]
    [InlineData("restart", CopyPlacement.Ring)]
    public void Recomputing_with_copies_under_attack_gives_the_plain_loop_s_bits(string remedy, CopyPlacement copies)
    {
        Attack Half(Attack attack) => attack with { Rate = 0.5 };
        var rig = new Rig
        {
            Remedy = remedy,
            Copies = copies,
            EvaluateEvery = 1,
            Forward = [Half(Rig.Flip)],
            Backward = [Half(Rig.Noise)],
        };
        var (kept, again) = (rig.Run(), (rig with { Recompute = true }).Run());
        Assert.Equal(RunStatus.Done, again.Status);
        Assert.Equal((kept.Hash, kept.Loss), (again.Hash, again.Loss));
        Assert.Equal(kept.Attacks, again.Attacks);
        Assert.NotEmpty(again.Attacks);
        Assert.Equal(kept.Verdicts, again.Verdicts);
    }
}
