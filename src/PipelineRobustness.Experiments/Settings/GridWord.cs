using System.Text.RegularExpressions;
using PipelineRobustness.Pipeline.Settings;

namespace PipelineRobustness.Experiments.Settings;

/// <summary>A setting's value as a part of a run's name.</summary>
internal static partial class GridWord
{
    /// <summary>The value; of a path its last part, of attacks their kinds and rates, and <c>none</c> where there is nothing.</summary>
    public static string Of(string path, SettingNode? node) => node switch
    {
        SettingText { Text: "" } or SettingList { Items: [] } or null => "none",
        SettingText text => Foreign().Replace(Schema.Kind(path) is PathText ? LastPart(text.Text) : text.Text, "-"),
        SettingList list => string.Join('_', list.Items.Select(i => Of(path, i))),
        SettingSection attack => string.Join('-', attack.Items.Select(i => Of($"{path}.{i.Key}", i.Value))),
        _ => "none",
    };

    private static string LastPart(string path) => Path.GetFileName(Path.TrimEndingDirectorySeparator(path));

    [GeneratedRegex("[^A-Za-z0-9._-]")]
    private static partial Regex Foreign();
}
