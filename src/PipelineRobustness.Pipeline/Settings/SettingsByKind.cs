namespace PipelineRobustness.Pipeline.Settings;

/// <summary>An entry, or the entries of a list: each a record of settings of the type that the entry's <c>kind</c> chooses.</summary>
public abstract class SettingsByKind
{
    /// <summary>The setting that chooses.</summary>
    public const string Key = "kind";

    /// <summary>The type for each kind. Each has a constructor without parameters; <c>kind</c> may be one of its settings.</summary>
    public abstract IReadOnlyDictionary<string, Type> Types { get; }

    /// <summary>What a kind must be.</summary>
    public SettingKind Kinds => new OneOf([.. Types.Keys.Order(StringComparer.Ordinal)]);

    /// <summary>Names of the settings that all kinds have, <see cref="Key"/> first.</summary>
    public IEnumerable<string> Common => Types.Values.Select(type => SettingsSchema.Of(type).Settings.Select(setting => setting.Name))
        .Aggregate((some, others) => some.Intersect(others)).Prepend(Key).Distinct();

    /// <summary>Names of the settings that are lists of texts.</summary>
    public IReadOnlySet<string> Lists => Types.Values.SelectMany(type => SettingsSchema.Of(type).Settings)
        .Where(setting => setting.IsList).Select(setting => setting.Name).ToHashSet();

    /// <summary>The settings of an entry: those of its kind, or of all kinds where that is not known (yet).</summary>
    public IReadOnlyDictionary<string, SettingKind> Settings(string? kind)
    {
        var types = kind is not null && Types.TryGetValue(kind, out var type) ? [type] : Types.Values;
        var known = new Dictionary<string, SettingKind> { [Key] = Kinds };
        foreach (var setting in types.SelectMany(t => SettingsSchema.Of(t).Settings)) known.TryAdd(setting.Name, setting.Kind!);
        return known;
    }
}
