using PipelineRobustness.Pipeline.Settings;

namespace PipelineRobustness.Adversity.Failures;

/// <summary>A failure that lasts for a time, which must be said.</summary>
public abstract record LastingFailure : Failure
{
    /// <summary>The option's name.</summary>
    public const string For = "for";

    /// <summary>How long it lasts.</summary>
    [Setting(Name = For)]
    public required TimeSpan Lasts { get; init; }

    private protected override TimeSpan Length => Lasts;
}
