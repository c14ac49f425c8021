namespace PipelineRobustness.Adversity.Failures;

/// <summary>What goes wrong in a run, and when.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Failures">The events, in no order.</param>
public sealed record Scenario(string Name, IReadOnlyList<Failure> Failures)
{
    /// <summary>Nothing goes wrong.</summary>
    public static Scenario Quiet { get; } = new("quiet", []);

    /// <summary>The machines of its trace that are there at the beginning, by their names there; empty without a trace.</summary>
    public IReadOnlyList<string> Machines { get; init; } = [];

    /// <summary>Where one of its events was written, or its own name: the beginning of an error.</summary>
    public string Origin(Failure failure)
    {
        ArgumentNullException.ThrowIfNull(failure);
        return failure.Where.Length > 0 ? failure.Where : Name;
    }
}
