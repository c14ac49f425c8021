using PipelineRobustness.Pipeline.Verification;
using PipelineRobustness.Tests.Models;

namespace PipelineRobustness.Tests.Pipeline;

/// <summary>The laws hold for every family, tied and untied, with copies around the ring.</summary>
public sealed class FamilyLawSpecs
{
    public static TheoryData<string> Names => Families.Names;

    [Theory, MemberData(nameof(Names))]
    public void An_attacked_pipeline_under_substitute_ends_with_the_plain_loop_s_bits(string family)
    {
        var rig = new Rig { Other = Families.Json(family), Stages = 4, Iterations = 2 };
        var plain = rig.PlainLoop();
        var clean = rig.Run();
        Assert.Equal((plain.Hash, plain.Loss), (clean.Hash, clean.Loss));
        var defended = rig with { Remedy = "substitute", Copies = CopyPlacement.Ring, Forward = [Rig.Flip], Backward = [Rig.Noise] };
        var run = defended.Simulate(1);
        Assert.Equal((plain.Hash, plain.Loss), (run.Hash, run.Loss));
        Assert.Equal(4, run.Detected.Count);
        Assert.Empty(run.FalseVerdicts);
    }
}
