using System.Text;
using System.Text.RegularExpressions;

namespace PipelineRobustness.Experiments.Settings;

/// <summary>
/// An experiment's effective settings as HOCON, each with its origin; reading the text again gives the same
/// settings.
/// </summary>
public static partial class EffectiveText
{
    private const int OriginColumn = 50;

    /// <summary>The base with every setting, then each run with the settings it overrides.</summary>
    public static string Of(ExperimentSettings experiment)
    {
        var text = new StringBuilder();
        Section(text, experiment.Base, "", "");
        if (experiment.Differences.All(d => d.Items.Count == 0))
            return text.ToString();

        text.Append("runs = [\n");
        foreach (var run in experiment.Differences)
        {
            text.Append("  {\n");
            Section(text, run, "", "    ");
            text.Append("  }\n");
        }

        return text.Append("]\n").ToString();
    }

    private static void Section(StringBuilder text, SettingSection section, string parent, string indent)
    {
        foreach (var (name, node) in section.Items)
        {
            var path = parent.Length == 0 ? name : $"{parent}.{name}";
            if (node is SettingSection { Items.Count: > 0 } below)
                Section(text, below, path, indent);
            else
                text.Append($"{indent}{path} = {Value(node)}".PadRight(OriginColumn)).Append(" # ").Append(node.Origin).Append('\n');
        }
    }

    private static string Value(SettingNode node) => node switch
    {
        SettingList list => $"[{string.Join(", ", list.Items.Select(Value))}]",
        SettingSection section => $"{{ {string.Join(", ", section.Items.Select(i => $"{i.Key} = {Value(i.Value)}"))} }}",
        SettingText text when Plain().IsMatch(text.Text) => text.Text,
        SettingText text => $"\"{Escaped(text.Text)}\"",
        _ => node.Shown,
    };

    private static string Escaped(string text)
    {
        var escaped = new StringBuilder();
        foreach (var c in text)
            escaped.Append(c is '"' or '\\' ? $"\\{c}" : char.IsControl(c) ? $"\\u{(int)c:x4}" : c.ToString());

        return escaped.ToString();
    }

    [GeneratedRegex(@"^[A-Za-z0-9][A-Za-z0-9._-]*\z")]
    private static partial Regex Plain();
}
