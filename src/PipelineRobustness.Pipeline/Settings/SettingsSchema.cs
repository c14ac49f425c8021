using System.Collections.Concurrent;
using System.Reflection;
using PipelineRobustness.Models;

namespace PipelineRobustness.Pipeline.Settings;

/// <summary>The settings of a record, in the order of its properties.</summary>
public sealed class SettingsSchema
{
    private static readonly ConcurrentDictionary<Type, SettingsSchema> Known = [];

    private SettingsSchema(Type type)
    {
        Settings =
        [
            .. type.GetProperties(BindingFlags.Instance | BindingFlags.Public)
                .Select(property => (Property: property, Attribute: property.GetCustomAttribute<SettingAttribute>()))
                .Where(p => p.Attribute is not null)
                .OrderBy(p => Depth(p.Property.DeclaringType)).ThenBy(p => p.Property.MetadataToken)
                .Select(p => new Setting(p.Property, p.Attribute!)),
        ];
    }

    /// <summary>Its settings.</summary>
    public IReadOnlyList<Setting> Settings { get; }

    /// <summary>The settings of a record.</summary>
    public static SettingsSchema Of(Type type) => Known.GetOrAdd(type, static type => new SettingsSchema(type));

    /// <summary>Checks a record of settings that was made in code, value by value.</summary>
    /// <param name="section">Its section's name.</param>
    /// <param name="record">The record.</param>
    /// <exception cref="BadInputException">A value is out of range; the message names the setting, what was expected and what was found.</exception>
    public static void Check(string section, object record)
    {
        ArgumentNullException.ThrowIfNull(record);
        foreach (var setting in Of(record.GetType()).Settings)
        {
            if (setting.IsEntry) Check($"{section}.{setting.Name}", setting.Property.GetValue(record)!);
            if (setting.Kind is { } kind && setting.EachWritten(record).FirstOrDefault(written => kind.Read(written) is null) is { } wrong)
                throw new BadInputException($"{section}.{setting.Name}: expected {kind.Expected}, found {wrong}");
        }
    }

    /// <summary>The settings of a record that differ from another's of its type: each name, and the value in words.</summary>
    /// <param name="record">The record.</param>
    /// <param name="usual">The other one, such as one of defaults.</param>
    public static IEnumerable<(string Name, string? Value)> Changes(object record, object usual)
    {
        ArgumentNullException.ThrowIfNull(record);
        return
            from setting in Of(record.GetType()).Settings
            let value = setting.Written(record)
            where value != setting.Written(usual)
            select (setting.Name, (string?)value);
    }

    private static int Depth(Type? type) => type is null ? 0 : 1 + Depth(type.BaseType);
}
