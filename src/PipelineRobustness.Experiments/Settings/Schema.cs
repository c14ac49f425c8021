using PipelineRobustness.Pipeline.Settings;

namespace PipelineRobustness.Experiments.Settings;

/// <summary>Every setting by its full path. What a setting is, its record says: <see cref="RunSettings"/> and <see cref="TopSettings"/>.</summary>
public static class Schema
{
    /// <summary>The key under which an experiment lists its runs.</summary>
    public const string Runs = "runs";

    /// <summary>The key under which an experiment gives lists of values whose combinations are runs.</summary>
    public const string Grid = "grid";

    private static readonly Dictionary<string, Setting> All = new(
        Leaves(SettingsSchema.Of(typeof(RunSettings)), "").Concat(Leaves(SettingsSchema.Of(typeof(TopSettings)), "")));

    /// <summary>What a run may have in addition to settings.</summary>
    public static IReadOnlyList<string> RunNames { get; } = ["name", "from"];

    /// <summary>Every setting with a plain value.</summary>
    public static IReadOnlyDictionary<string, SettingKind> Plain { get; } =
        All.Where(s => s.Value is { Kind: not null, IsList: false }).ToDictionary(s => s.Key, s => s.Value.Kind!);

    /// <summary>Every list of texts, with what each may be.</summary>
    public static IReadOnlyDictionary<string, SettingKind> Lists { get; } =
        All.Where(s => s.Value.IsList).ToDictionary(s => s.Key, s => s.Value.Kind!);

    /// <summary>Every setting with entries by kind: lists of attacks, and the detector.</summary>
    public static IReadOnlyDictionary<string, SettingsByKind> Entries { get; } =
        All.Where(s => s.Value.Entries is not null).ToDictionary(s => s.Key, s => s.Value.Entries!);

    /// <summary>Whether a setting is one entry by kind, and not a list of them.</summary>
    public static bool IsEntry(string path) => All.TryGetValue(path, out var setting) && setting.IsEntry;

    /// <summary>The kind of a setting by its full path, also of an entry's part; null where there is none.</summary>
    public static SettingKind? Kind(string path) => Plain.GetValueOrDefault(path)
        ?? (path.LastIndexOf('.') is > 0 and var dot && Entries.TryGetValue(path[..dot], out var entries)
            ? entries.Settings(kind: null).GetValueOrDefault(path[(dot + 1)..])
            : null);

    /// <summary>Every key that may be written at the top of a file, or in a run.</summary>
    public static IEnumerable<string> Keys(bool inRun) => inRun
        ? [.. All.Keys.Where(key => !IsOfTheTop(key)), .. RunNames]
        : [.. All.Keys, Runs, Grid];

    /// <summary>The same, and the sections that they are in.</summary>
    public static IEnumerable<string> Names(bool inRun) =>
        Keys(inRun).Concat(Keys(inRun).SelectMany(key => key.Index().Where(c => c.Item == '.').Select(c => key[..c.Index]))).Distinct();

    /// <summary>Sections that stand at the top of a file only.</summary>
    public static IReadOnlyList<string> OfTheTop { get; } = [.. SettingsSchema.Of(typeof(TopSettings)).Settings.Select(section => section.Name)];

    /// <summary>Whether <paramref name="path"/> is of such a section.</summary>
    public static bool IsOfTheTop(string path) => OfTheTop.Any(section => path == section || path.StartsWith(section + ".", StringComparison.Ordinal));

    /// <summary>Whether <paramref name="path"/> names a section such as <c>training</c>.</summary>
    public static bool IsSection(string path) => All.Keys.Any(key => key.StartsWith(path + ".", StringComparison.Ordinal));

    private static IEnumerable<KeyValuePair<string, Setting>> Leaves(SettingsSchema schema, string section) => schema.Settings.SelectMany(
        setting => setting.Section is { } below
            ? Leaves(below, $"{section}{setting.Name}.")
            : [KeyValuePair.Create(section + setting.Name, setting)]);
}
