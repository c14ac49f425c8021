namespace PipelineRobustness.Pipeline.Settings;

/// <summary>
/// A property that users set. Its name in kebab case, its type, its initializer and its summary are the setting's name, type,
/// default and meaning, and are written nowhere else; <c>reference.conf</c> is made from them. A <c>required</c> property has
/// no default. A property whose type has settings itself is a section.
/// </summary>
[AttributeUsage(AttributeTargets.Property)]
public class SettingAttribute : Attribute
{
    /// <summary>A setting described by its type alone: a flag, a seed, a duration, one of an enumeration, a section.</summary>
    public SettingAttribute()
    {
    }

    /// <summary>A number. Both bounds are allowed unless said otherwise.</summary>
    public SettingAttribute(double minimum, double maximum = double.PositiveInfinity) => (Minimum, Maximum) = (minimum, maximum);

    /// <summary>The setting's name where it is not the property's.</summary>
    public string? Name { get; init; }

    /// <summary>The smallest value.</summary>
    public double Minimum { get; }

    /// <summary>The largest value.</summary>
    public double Maximum { get; }

    /// <summary>Whether the value must be above <see cref="Minimum"/>.</summary>
    public bool ExcludesMinimum { get; init; }

    /// <summary>Whether the value must be below <see cref="Maximum"/>.</summary>
    public bool ExcludesMaximum { get; init; }

    /// <summary>Whether a duration may be zero.</summary>
    public bool AllowsZero { get; init; }

    /// <summary>How null is written where the property is a nullable enumeration or flag. (A nullable text is written "", a nullable number 0.)</summary>
    public string? Null { get; init; }

    internal virtual SettingKind? Kind => null;

    internal virtual bool IsList => false;

    internal virtual bool IsEntry => false;

    internal virtual SettingsByKind? Entries => null;
}

/// <summary>A setting whose range does not follow from its type.</summary>
/// <typeparam name="TKind">What it may be.</typeparam>
public class SettingAttribute<TKind> : SettingAttribute
    where TKind : SettingKind, new()
{
    internal override SettingKind Kind => new TKind();
}

/// <summary>A list of texts.</summary>
/// <typeparam name="TKind">What each may be.</typeparam>
public sealed class SettingListAttribute<TKind> : SettingAttribute<TKind>
    where TKind : SettingKind, new()
{
    internal override bool IsList => true;
}

/// <summary>A list of records, each of the type that its <c>kind</c> chooses.</summary>
/// <typeparam name="TChoice">The types to choose from.</typeparam>
public sealed class SettingEntriesAttribute<TChoice> : SettingAttribute
    where TChoice : SettingsByKind, new()
{
    internal override SettingsByKind Entries => new TChoice();
}

/// <summary>One record, of the type that its <c>kind</c> chooses.</summary>
/// <typeparam name="TChoice">The types to choose from.</typeparam>
public sealed class SettingEntryAttribute<TChoice> : SettingAttribute
    where TChoice : SettingsByKind, new()
{
    internal override bool IsEntry => true;

    internal override SettingsByKind Entries => new TChoice();
}
