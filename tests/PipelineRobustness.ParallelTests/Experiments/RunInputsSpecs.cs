using PipelineRobustness.Experiments.Runs;
using PipelineRobustness.Models.Shape;

namespace PipelineRobustness.Tests.Experiments;

/// <summary>What tells one model's shape from another's.</summary>
public sealed class RunInputsSpecs
{
    [Fact]
    public void A_shape_s_record_depends_on_everything_that_decides_numbers()
    {
        Assert.True(Presets.TryGet("llama-mini", out var model));
        ModelConfig[] all =
        [
            model, model with { NormEpsilon = 1e-3 }, model with { Positions = ModelConfig.AnyLength }, model with { TiedHead = !model.TiedHead },
            model with { RotaryScaling = new LinearScaling(2) }, model with { RotaryScaling = new DynamicScaling(2) },
            model with { RotaryScaling = new Llama3Scaling(2, 1, 4, 64) }, model with { RotaryScaling = new Llama3Scaling(2, 1, 4, 128) },
        ];
        Assert.Equal(all.Length, all.Select(shape => RunInputs.Of(shape, isDrawn: true)).Distinct().Count());
        Assert.Equal(RunInputs.Of(model, isDrawn: true), RunInputs.Of(model with { }, isDrawn: true));
    }

    [Fact]
    public void A_shape_s_record_has_the_spread_of_drawn_weights_only_where_they_are_drawn()
    {
        Assert.True(Presets.TryGet("gpt2-nano", out var model));
        var wider = model with { InitializerRange = 0.5 };
        Assert.NotEqual(RunInputs.Of(model, isDrawn: true), RunInputs.Of(wider, isDrawn: true));
        Assert.Equal(RunInputs.Of(model, isDrawn: false), RunInputs.Of(wider, isDrawn: false));
    }
}
