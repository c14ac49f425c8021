using PipelineRobustness.Models;
using PipelineRobustness.Pipeline.Settings;

namespace PipelineRobustness.Experiments.Settings;

/// <summary>Makes records of settings out of sections that were checked value by value.</summary>
internal static class SettingsBinder
{
    /// <summary>A record whose settings are those of <paramref name="section"/>; what it leaves out keeps its default.</summary>
    /// <exception cref="BadInputException">An entry lacks a setting that has no default, or has one of another kind.</exception>
    public static T Read<T>(SettingSection section)
        where T : new() => (T)Record(typeof(T), section, "");

    private static object Record(Type type, SettingSection section, string parent)
    {
        var record = Activator.CreateInstance(type)!;
        foreach (var setting in SettingsSchema.Of(type).Settings)
        {
            var path = parent.Length == 0 ? setting.Name : $"{parent}.{setting.Name}";
            if (section.Find(setting.Name) is { } node)
                setting.Set(record, Value(setting, node, path));
            else if (setting.IsRequired)
                throw Missing(section, path, setting.Kind!);
        }

        return record;
    }

    private static object Value(Setting setting, SettingNode node, string path) => setting switch
    {
        { Section: not null } => Record(setting.Property.PropertyType, (SettingSection)node, path),
        { IsEntry: true, Entries: { } kinds } => Entry(kinds, (SettingSection)node, path),
        { Entries: { } kinds } => Entries(setting.Property.PropertyType.GetGenericArguments()[0], kinds, node, path),
        { IsList: true } => LayerCheck.Entries(node).Select(text => (string)setting.Kind!.Read(((SettingText)text).Text)!).ToArray(),
        _ => setting.Kind!.Read(((SettingText)node).Text)!,
    };

    private static Array Entries(Type each, SettingsByKind kinds, SettingNode node, string path)
    {
        object[] entries = [.. LayerCheck.Entries(node).Select(entry => Entry(kinds, (SettingSection)entry, path))];
        var typed = Array.CreateInstance(each, entries.Length);
        entries.CopyTo(typed, 0);
        return typed;
    }

    private static object Entry(SettingsByKind kinds, SettingSection entry, string path)
    {
        var kind = (entry.Find(SettingsByKind.Key) as SettingText)?.Text
            ?? throw Missing(entry, $"{path}.{SettingsByKind.Key}", kinds.Kinds);
        var known = kinds.Settings(kind);
        if (entry.Items.FirstOrDefault(i => !known.ContainsKey(i.Key)) is { Key: { } foreign, Value: { } where })
            throw LayerCheck.Foreign(path, foreign, where, kind);

        return Record(kinds.Types[kind], entry, path);
    }

    private static BadInputException Missing(SettingSection section, string path, SettingKind kind) =>
        new($"{section.Origin}: {path}: expected {kind.Expected}, found none");
}
