using PipelineRobustness.Adversity.Failures;
using PipelineRobustness.Experiments.Settings;

namespace PipelineRobustness.Experiments.Campaign;

/// <summary>What a campaign may draw.</summary>
/// <param name="Kinds">Kinds of failures.</param>
/// <param name="FailuresMost">Failures of a case, at most.</param>
public sealed record CampaignRules(IReadOnlyList<FailureKind> Kinds, int FailuresMost)
{
    /// <summary>The section of an experiment file that holds them, at its top only.</summary>
    public const string Section = "campaign";

    /// <summary>Those of <c>reference.conf</c>.</summary>
    public static CampaignRules Default { get; } = Read(SettingsFile.Reference());

    /// <summary>Those of an experiment, of which nothing else counts.</summary>
    public static CampaignRules Of(ExperimentSettings experiment)
    {
        ArgumentNullException.ThrowIfNull(experiment);
        return Read(experiment.Base);
    }

    private static CampaignRules Read(SettingSection settings)
    {
        string Text(string name) => ((SettingText)settings.Find($"{Section}.{name}")!).Text;
        var kinds = Text("kinds").Split(' ', StringSplitOptions.RemoveEmptyEntries);
        return new CampaignRules(
            kinds.Length == 0 ? Enum.GetValues<FailureKind>() : [.. ScenarioWords.Kinds.Where(k => kinds.Contains(k.Key)).Select(k => k.Value)],
            (int)(long)Schema.Plain[$"{Section}.failures-most"].Read(Text("failures-most"))!);
    }
}
