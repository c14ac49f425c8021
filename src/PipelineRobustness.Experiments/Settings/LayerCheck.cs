using PipelineRobustness.Experiments.League;
using PipelineRobustness.Models;
using PipelineRobustness.Pipeline.Settings;

namespace PipelineRobustness.Experiments.Settings;

/// <summary>
/// Checks one layer of settings (a file, the command line, a run) on its own, value by value: known keys, types and
/// ranges. So a wrong value is refused even where another layer overrides it.
/// </summary>
internal sealed class LayerCheck
{
    private readonly bool _inRun;

    private LayerCheck(bool inRun) => _inRun = inRun;

    /// <summary>Checks every value of <paramref name="layer"/>.</summary>
    /// <exception cref="BadInputException">A key is unknown or a value wrong; origin, expected and found are named.</exception>
    public static void Check(SettingSection layer, bool inRun) => new LayerCheck(inRun).Section(layer, "");

    /// <summary>The entries of a list; a single section is a list of one.</summary>
    public static IReadOnlyList<SettingNode> Entries(SettingNode node) => node is SettingList list ? list.Items : [node];

    /// <summary>Checks one value of a plain setting, an entry's parts included.</summary>
    /// <exception cref="BadInputException">It is wrong.</exception>
    public static void Plain(string path, SettingKind kind, SettingNode node)
    {
        if (node is not SettingText text || kind.Read(text.Text) is null) throw Wrong(path, kind.Expected, node);
    }

    /// <summary>Checks entries by kind: the one of a setting such as the detector; of a list of attacks one, or a list of such.</summary>
    /// <exception cref="BadInputException">A part is unknown or wrong.</exception>
    public static void ByKind(string path, SettingNode node)
    {
        var isOne = Schema.IsEntry(path);
        var form = isOne ? $"{{ {SettingsByKind.Key} = ... }}" : $"{{ {string.Join(", ", Schema.Entries[path].Common)} }} or a list of these";
        foreach (var entry in isOne ? [node] : Entries(node))
        {
            var parts = entry as SettingSection ?? throw Wrong(path, form, entry);
            var kind = (parts.Find(SettingsByKind.Key) as SettingText)?.Text;
            foreach (var (name, value) in parts.Items.OrderBy(item => item.Key != SettingsByKind.Key))
                Part(path, name, EntryPart(path, name, value, kind), value);
        }
    }

    /// <summary>Checks the value of an entry's part: one text or, where the part is a list, several.</summary>
    /// <exception cref="BadInputException">It is wrong.</exception>
    public static void Part(string list, string name, SettingKind kind, SettingNode node)
    {
        var isList = Schema.Entries[list].Lists.Contains(name);
        foreach (var text in isList ? Entries(node) : [node]) Plain($"{list}.{name}", kind, text);
    }

    /// <summary>The kind of an entry's part. A layer may hold a part without the entry's kind: any kind's will do then.</summary>
    /// <exception cref="BadInputException">No kind has such a part, or not the one that is written with it.</exception>
    public static SettingKind EntryPart(string list, string name, SettingNode node, string? kind = null)
    {
        var entries = Schema.Entries[list];
        if (entries.Settings(kind).TryGetValue(name, out var known)) return known;

        var all = entries.Settings(kind: null);
        if (kind is not null && entries.Types.ContainsKey(kind) && all.ContainsKey(name)) throw Foreign(list, name, node, kind);
        return all.TryGetValue(name, out var others) ? others : throw new BadInputException(
            $"{node.Origin}: unknown setting {list}.{name}; {NearestName.Hint($"{list}.{name}", [.. all.Keys.Select(key => $"{list}.{key}")])}");
    }

    /// <summary>What to say of a part that other kinds have.</summary>
    public static BadInputException Foreign(string list, string name, SettingNode node, string kind) =>
        Wrong($"{list}.{name}", $"a setting of {kind} ({string.Join(", ", Schema.Entries[list].Settings(kind).Keys)})", node);

    /// <summary>The error for an unknown key, or a key in the wrong place.</summary>
    public static BadInputException Unknown(string path, SettingNode node, string? inside) => new(IsOfTheTop(path, inside)
        ? $"{node.Origin}: {path}: expected at the top of the file, found inside a {inside}"
        : path == LeagueReader.Section ? $"{node.Origin}: {path}: expected an experiment, found a league; the command league plays it"
        : FormerNames.Setting(path) is { } now ? $"{node.Origin}: unknown setting {path}; it is called {now} now"
        : $"{node.Origin}: unknown setting {path}; {NearestName.Hint(path, [.. Schema.Names(inRun: inside is not null)])}");

    /// <summary>The error for a wrong value.</summary>
    public static BadInputException Wrong(string path, string expected, SettingNode node) =>
        new($"{node.Origin}: {path}: expected {expected}, found {node.Shown}{CalledNow(path, node)}");

    private static string CalledNow(string path, SettingNode node) =>
        node is SettingText text && FormerNames.Value(path, text.Text) is { } now ? $" (called {now} now)" : "";

    private static bool IsOfTheTop(string path, string? inside) =>
        path is Schema.Runs or Schema.Grid || (inside is not null && Schema.IsOfTheTop(path));

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
        if (_inRun && Schema.IsOfTheTop(path) && node is not SettingSection)
        {
            throw Unknown(path, node, "run");
        }
        else if (Schema.Plain.TryGetValue(path, out var kind))
        {
            Plain(path, kind, node);
        }
        else if (Schema.Lists.TryGetValue(path, out var each))
        {
            foreach (var entry in Entries(node))
                Plain(path, each, entry);
        }
        else if (Schema.Entries.ContainsKey(path))
        {
            ByKind(path, node);
        }
        else if (path == Schema.Grid && !_inRun)
        {
            Grid.ReadAll(node);
        }
        else if (Schema.IsSection(path))
        {
            Section(node as SettingSection ?? throw Wrong(path, "a section { ... }", node), path);
        }
        else if (!Schema.Keys(_inRun).Contains(path))
        {
            throw Unknown(path, node, _inRun ? "run" : null);
        }
    }
}
