namespace PipelineRobustness.Models.Families;

/// <summary>How a parameter starts.</summary>
internal enum InitialValue
{
    /// <summary>Drawn from the normal distribution.</summary>
    Normal,

    /// <summary>All 1.</summary>
    Ones,

    /// <summary>All 0.</summary>
    Zeros,
}

/// <summary>One parameter of a model, before it exists.</summary>
/// <param name="Name">Hugging Face's key.</param>
/// <param name="Shape">Its dimensions.</param>
/// <param name="Initial">How it starts.</param>
/// <param name="StandardDeviation">Of <see cref="InitialValue.Normal"/>.</param>
/// <param name="TiedTo">The parameter whose values it shares, or null.</param>
internal sealed record ParameterSpec(
    string Name, long[] Shape, InitialValue Initial, double StandardDeviation = 0, string? TiedTo = null)
{
    /// <summary>Number of entries.</summary>
    public long Count => Shape.Aggregate(1L, (product, size) => checked(product * size));

    /// <summary>Whether weight decay applies: to all that is neither a bias nor a norm's parameter.</summary>
    public bool Decays => Initial == InitialValue.Normal;
}
