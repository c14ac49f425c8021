using System.Globalization;
using System.Reflection;
using System.Runtime.CompilerServices;
using System.Text.Json;

namespace PipelineRobustness.Pipeline.Settings;

/// <summary>One setting: a property with a <see cref="SettingAttribute"/>.</summary>
public sealed class Setting
{
    private readonly bool _mayBeNull;
    private readonly string? _null;

    internal Setting(PropertyInfo property, SettingAttribute attribute)
    {
        Property = property;
        Name = attribute.Name ?? Kebab(property.Name);
        IsRequired = property.IsDefined(typeof(RequiredMemberAttribute));
        IsList = attribute.IsList;
        IsEntry = attribute.IsEntry;
        Entries = attribute.Entries;
        _null = attribute.Null;
        _mayBeNull = new NullabilityInfoContext().Create(property).WriteState == NullabilityState.Nullable;
        if (Entries is not null) return;
        Kind = attribute.Kind ?? KindOf(Type, attribute);
        if (Kind is null) Section = SettingsSchema.Of(Type);
    }

    /// <summary>The last part of its path.</summary>
    public string Name { get; }

    /// <summary>Where it is declared.</summary>
    public PropertyInfo Property { get; }

    /// <summary>Whether it is a list of texts.</summary>
    public bool IsList { get; }

    /// <summary>What it, or each text of a list, may be; null for a section or for entries.</summary>
    public SettingKind? Kind { get; }

    /// <summary>The settings of a section; null where it is none.</summary>
    public SettingsSchema? Section { get; }

    /// <summary>The kinds of its entries; null where it has none.</summary>
    public SettingsByKind? Entries { get; }

    /// <summary>Whether it is one entry, and not a list of them.</summary>
    public bool IsEntry { get; }

    /// <summary>Whether it has no default.</summary>
    public bool IsRequired { get; }

    private Type Type => Nullable.GetUnderlyingType(Property.PropertyType) ?? Property.PropertyType;

    /// <summary>Sets it in a record of settings that is being made.</summary>
    /// <param name="record">The record.</param>
    /// <param name="read">What <see cref="Kind"/> read; a record for a section or an entry; texts or records for a list.</param>
    public void Set(object record, object read) => Property.SetValue(record, read switch
    {
        _ when Kind is null || IsList => read,
        string text when _mayBeNull && text == (_null ?? "") => null,
        string text when Type.IsEnum => Enum.GetValues(Type).Cast<object>().First(value => Kebab($"{value}") == text),
        string text when Type != typeof(string) => text.Split(' ', StringSplitOptions.RemoveEmptyEntries),
        0L when _mayBeNull => null,
        _ => Convert.ChangeType(read, Type, CultureInfo.InvariantCulture),
    });

    /// <summary>Its value in a record of settings, as a file says it.</summary>
    public string Written(object record) => Property.GetValue(record) switch
    {
        null when _null is not null || Type == typeof(string) => _null ?? "",
        null => "0",
        IEnumerable<string> words => string.Join(' ', words),
        Enum value => Kebab($"{value}"),
        var value => Kind!.Written(value),
    };

    /// <summary>The same, of a list each text.</summary>
    public IEnumerable<string> EachWritten(object record) => IsList ? (IEnumerable<string>)Property.GetValue(record)! : [Written(record)];

    private static string Kebab(string name) => JsonNamingPolicy.KebabCaseLower.ConvertName(name);

    private static SettingKind? KindOf(Type type, SettingAttribute attribute) => type switch
    {
        { IsEnum: true } => new OneOf([.. attribute.Null is { } none ? [none] : Array.Empty<string>(), .. Enum.GetNames(type).Select(Kebab)]),
        _ when type == typeof(bool) => new Flag(attribute.Null),
        _ when type == typeof(ulong) => new SeedNumber(),
        _ when type == typeof(TimeSpan) => new Duration(attribute.AllowsZero),
        _ when type == typeof(int) || type == typeof(long) => new WholeNumber((long)attribute.Minimum, (long)attribute.Maximum),
        _ when type == typeof(double) =>
            new RealNumber(attribute.Minimum, attribute.Maximum, attribute.ExcludesMinimum, attribute.ExcludesMaximum),
        _ => null,
    };
}
