namespace PipelineRobustness.Models.Families;

/// <summary>How a parameter is initialized.</summary>
internal enum InitialValue
{
    /// <summary>Drawn from the normal distribution.</summary>
    Normal,

    /// <summary>All ones.</summary>
    Ones,

    /// <summary>All zeros.</summary>
    Zeros,
}

/// <summary>The specification of a parameter.</summary>
/// <param name="Name">Hugging Face's key.</param>
/// <param name="Shape">Its dimensions.</param>
/// <param name="Initial">How it is initialized.</param>
/// <param name="StandardDeviation">The standard deviation for <see cref="InitialValue.Normal"/>.</param>
/// <param name="TiedTo">The parameter whose values it shares, or null.</param>
internal sealed record ParameterSpec(
    string Name, long[] Shape, InitialValue Initial, double StandardDeviation = 0, string? TiedTo = null)
{
    /// <summary>Number of entries.</summary>
    public long Count => Shape.Aggregate(1L, (product, size) => checked(product * size));

    /// <summary>Whether weight decay applies; it does not for biases and norms.</summary>
    public bool Decays => Initial == InitialValue.Normal;
}
