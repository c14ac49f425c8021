using PipelineRobustness.Experiments.Runs;
using PipelineRobustness.Models.Shape;

namespace PipelineRobustness.Tests.Experiments;

/// <summary>What tells one model's shape from another's.</summary>
public sealed class RunInputsSpecs
{
    [Fact]
    public void A_shape_s_fingerprint_depends_on_everything_that_decides_numbers()
    {
        Assert.True(Presets.TryGet("llama-mini", out var model));
        ModelConfig[] all =
        [
            model, model with { NormEpsilon = 1e-3 }, model with { Positions = ModelConfig.AnyLength }, model with { TiedHead = !model.TiedHead },
            model with { RotaryScaling = new LinearScaling(2) }, model with { RotaryScaling = new DynamicScaling(2) },
            model with { RotaryScaling = new Llama3Scaling(2, 1, 4, 64) }, model with { RotaryScaling = new Llama3Scaling(2, 1, 4, 128) },
        ];
        Assert.Equal(all.Length, all.Select(RunInputs.Of).Distinct().Count());
        Assert.Equal(RunInputs.Of(model), RunInputs.Of(model with { }));
    }
}
