using System.Globalization;
using PipelineRobustness.Pipeline.Settings;

namespace PipelineRobustness.Adversity.Attacks;

/// <summary>A stage's number, read as <see cref="int"/>: 0 is the first stage, where a nullable number has it for null.</summary>
public sealed record StageNumber : SettingKind
{
    private const int Most = 1_000;

    /// <inheritdoc/>
    public override string Expected => $"a whole number from 0 to {Most}";

    /// <inheritdoc/>
    public override object? Read(string text) =>
        int.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var number) && number is >= 0 and <= Most ? number : null;
}
