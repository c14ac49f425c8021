using PipelineRobustness.Models;

namespace PipelineRobustness.Experiments;

/// <summary>
/// Judges one layer of settings (a file, the command line, a run) by itself, value by value: known keys, types and
/// ranges. So a wrong value is refused also where another layer would have stood over it.
/// </summary>
internal sealed class LayerCheck
{
    private readonly bool _inRun;

    private LayerCheck(bool inRun) => _inRun = inRun;

    /// <summary>Checks every value of <paramref name="layer"/>.</summary>
    /// <exception cref="BadInputException">A key is unknown or a value wrong; origin, expected and found are named.</exception>
    public static void Check(SettingSection layer, bool inRun) => new LayerCheck(inRun).Section(layer, "");

    /// <summary>The entries of an attack list; a single section is a list of one.</summary>
    public static IReadOnlyList<SettingNode> Entries(SettingNode node) => node is SettingList list ? list.Items : [node];

    private void Section(SettingSection section, string parent)
    {
        foreach (var (name, node) in section.Items)
        {
            var path = parent.Length == 0 ? name : $"{parent}.{name}";
            Setting(path, node);
        }
    }

    private void Setting(string path, SettingNode node)
    {
        if (Schema.Plain.TryGetValue(path, out var kind))
        {
            Plain(path, kind, node);
        }
        else if (Schema.AttackLists.Contains(path))
        {
            Attacks(path, node);
        }
        else if (Schema.IsSection(path))
        {
            Section(node as SettingSection ?? throw Wrong(path, "a section { ... }", node), path);
        }
        else if (!Schema.Keys(_inRun).Contains(path))
        {
            throw new BadInputException(path == Schema.Runs
                ? $"{node.Origin}: runs: expected at the top of the file, found inside a run"
                : $"{node.Origin}: unknown setting {path}; the nearest known one is {NearestName.Of(path, Schema.Keys(_inRun))}");
        }
    }

    private static void Attacks(string path, SettingNode node)
    {
        var known = Schema.Attack(path);
        foreach (var entry in Entries(node))
        {
            var attack = entry as SettingSection ?? throw Wrong(path, "{ kind, rate, stage } or a list of such", entry);
            foreach (var (name, value) in attack.Items)
            {
                if (!known.TryGetValue(name, out var kind))
                {
                    throw new BadInputException(
                        $"{value.Origin}: unknown setting {path}.{name}; the nearest known one is {path}.{NearestName.Of(name, known.Keys)}");
                }

                Plain($"{path}.{name}", kind, value);
            }
        }
    }

    private static void Plain(string path, SettingKind kind, SettingNode node)
    {
        if (node is not SettingText text || kind.Read(text.Text) is null)
            throw Wrong(path, kind.Expected, node);
    }

    private static BadInputException Wrong(string path, string expected, SettingNode node) =>
        new($"{node.Origin}: {path}: expected {expected}, found {node.Shown}");
}
