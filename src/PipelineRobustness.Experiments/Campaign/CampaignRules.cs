using PipelineRobustness.Adversity.Failures;
using PipelineRobustness.Pipeline.Settings;

namespace PipelineRobustness.Experiments.Campaign;

/// <summary>What a campaign may draw.</summary>
public sealed record CampaignRules
{
    /// <summary>
    /// Kinds of failures that may be drawn, as in a scenario, separated by spaces, such as "crash partition". Each is still
    /// left out in half of the seeds. Empty: all that are built in.
    /// </summary>
    [Setting<FailureWords>(Name = "kinds")]
    public IReadOnlyList<string> ChosenKinds { get; init; } = [];

    /// <summary>Largest number of failures of a seed.</summary>
    [Setting(0, 100)]
    public int FailuresMost { get; init; } = 5;

    /// <summary>Kinds of failures that may be drawn.</summary>
    public IReadOnlyList<FailureKind> Kinds => ChosenKinds.Count == 0
        ? FailureKinds.BuiltIn
        : [.. FailureKinds.All.Where(kind => ChosenKinds.Contains(kind.Word))];
}

/// <summary>Kinds of failures with a space between them, or nothing.</summary>
public sealed record FailureWords : SettingKind
{
    /// <inheritdoc/>
    public override string Expected => $"some of {string.Join(", ", FailureKinds.Words)} with a space between them, or nothing";

    /// <inheritdoc/>
    public override object? Read(string text) => text.Length == 0 || text.Split(' ').All(FailureKinds.Words.Contains) ? text : null;
}
