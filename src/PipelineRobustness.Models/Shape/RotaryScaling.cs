namespace PipelineRobustness.Models.Shape;

/// <summary>
/// How rotary frequencies are lowered for sequences longer than those a model was first trained on. The formulas are those
/// of Hugging Face's <c>modeling_rope_utils.py</c>.
/// </summary>
/// <param name="Factor">How many times longer sequences may be, above 0.</param>
public abstract record RotaryScaling(double Factor)
{
    /// <summary>Hugging Face's <c>rope_type</c>.</summary>
    public abstract string Name { get; }

    /// <summary>The longest sequence of a model with that many positions in its <c>config.json</c>.</summary>
    public virtual int LongestSequence(int positions) => (int)Math.Clamp(positions * Factor, positions, ModelConfig.AnyLength);

    /// <summary>The base of the wavelengths for sequences of that many tokens.</summary>
    public virtual double Base(ModelConfig model, long time) => model.RotaryBase;

    /// <summary>The frequency, in radians per position, that takes the place of an unscaled one.</summary>
    public virtual double Scaled(double frequency) => frequency;
}

/// <summary>All frequencies are divided by the factor (Chen et al. 2023).</summary>
/// <inheritdoc cref="RotaryScaling"/>
public sealed record LinearScaling(double Factor) : RotaryScaling(Factor)
{
    /// <inheritdoc/>
    public override string Name => "linear";

    /// <inheritdoc/>
    public override double Scaled(double frequency) => frequency / Factor;
}

/// <summary>
/// The base grows with the sequence ("NTK-aware"). Up to the model's positions nothing is scaled; the result depends on the
/// present sequence only, not on longer ones before it.
/// </summary>
/// <inheritdoc cref="RotaryScaling"/>
public sealed record DynamicScaling(double Factor) : RotaryScaling(Factor)
{
    /// <inheritdoc/>
    public override string Name => "dynamic";

    /// <inheritdoc/>
    public override double Base(ModelConfig model, long time)
    {
        if (time <= model.Positions) return model.RotaryBase;
        double width = model.HeadWidth;
        return model.RotaryBase * Math.Pow(Factor * time / model.Positions - (Factor - 1), width / (width - 2));
    }
}

/// <summary>
/// LLaMA 3's: low frequencies are divided by the factor, high ones are kept, and those between are interpolated (Grattafiori
/// et al. 2024).
/// </summary>
/// <param name="Factor">What low frequencies are divided by.</param>
/// <param name="LowFrequencyFactor">A frequency is low if fewer periods than this fit into the original length.</param>
/// <param name="HighFrequencyFactor">It is high if more periods than this fit; above the low factor.</param>
/// <param name="OriginalPositions">The sequence length of the first training, in tokens.</param>
public sealed record Llama3Scaling(double Factor, double LowFrequencyFactor, double HighFrequencyFactor, int OriginalPositions)
    : RotaryScaling(Factor)
{
    /// <inheritdoc/>
    public override string Name => "llama3";

    /// <summary>The positions in <c>config.json</c> include the extension already.</summary>
    public override int LongestSequence(int positions) => positions;

    /// <inheritdoc/>
    public override double Scaled(double frequency)
    {
        var periods = OriginalPositions * frequency / (2 * Math.PI);
        if (periods < LowFrequencyFactor) return frequency / Factor;
        if (periods > HighFrequencyFactor) return frequency;
        var kept = (periods - LowFrequencyFactor) / (HighFrequencyFactor - LowFrequencyFactor);
        return (1 - kept) * frequency / Factor + kept * frequency;
    }
}
