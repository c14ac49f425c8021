using System.Text.Json.Nodes;
using PipelineRobustness.Experiments.Settings;

namespace PipelineRobustness.Experiments.Results;

/// <summary>Settings as JSON: the sections and names of the experiment file, numbers as numbers.</summary>
internal static class SettingsJson
{
    /// <summary>All settings of a section.</summary>
    public static JsonObject Of(SettingSection settings) => Section(settings, "");

    /// <summary>The tree as parsed from its own text, so that equal trees compare as equal.</summary>
    public static JsonNode Reread(JsonNode tree) => JsonNode.Parse(tree.ToJsonString())!;

    /// <summary>What stands at a path such as <c>model.preset</c>; null where nothing does.</summary>
    public static JsonNode? At(JsonNode tree, string path) => path.Split('.').Aggregate((JsonNode?)tree, (node, name) => node?[name]);

    private static JsonObject Section(SettingSection section, string path) =>
        new(section.Items.Select(i => KeyValuePair.Create(i.Key, Node(i.Value, path.Length == 0 ? i.Key : $"{path}.{i.Key}"))));

    private static JsonNode? Node(SettingNode node, string path) => node switch
    {
        SettingSection section => Section(section, path),
        SettingList list => new JsonArray([.. list.Items.Select(i => Node(i, path))]),
        SettingText text => Schema.Kind(path)?.Read(text.Text) switch
        {
            long number => number,
            int number => number,
            ulong number => number,
            double number => number,
            bool flag => flag,
            _ => text.Text,
        },
        _ => null,
    };
}
