using System.Globalization;
using System.Text.RegularExpressions;

namespace PipelineRobustness.Pipeline.Settings;

/// <summary>The type and range of a plain setting: what is expected, and how its text is read.</summary>
public abstract record SettingKind
{
    /// <summary>What is expected, as an error message says it.</summary>
    public abstract string Expected { get; }

    /// <summary>What single values mean, for kinds that know; <c>reference.conf</c> lists them.</summary>
    public virtual IReadOnlyList<(string Value, string Meaning)> Meanings => [];

    /// <summary>Reads a value; null where the text has another form or the value is out of range.</summary>
    public abstract object? Read(string text);

    /// <summary>A value as a file says it.</summary>
    public virtual string Written(object value) => Convert.ToString(value, CultureInfo.InvariantCulture)!;
}

/// <summary>A whole number, read as <see cref="long"/>.</summary>
public sealed record WholeNumber(long Minimum, long Maximum) : SettingKind
{
    /// <inheritdoc/>
    public override string Expected => $"a whole number from {Minimum} to {Maximum}";

    /// <inheritdoc/>
    public override object? Read(string text) =>
        long.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var value)
        && value >= Minimum && value <= Maximum ? value : null;
}

/// <summary>A seed, read as <see cref="ulong"/>.</summary>
public sealed record SeedNumber : SettingKind
{
    /// <inheritdoc/>
    public override string Expected => $"a whole number from 0 to {ulong.MaxValue}";

    /// <inheritdoc/>
    public override object? Read(string text) =>
        ulong.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var value) ? value : null;
}

/// <summary>A finite number, read as <see cref="double"/>; the bounds themselves are allowed unless said otherwise.</summary>
public sealed record RealNumber(double Minimum, double Maximum, bool Above = false, bool Below = false) : SettingKind
{
    /// <inheritdoc/>
    public override string Expected => (Above, Below, double.IsInfinity(Maximum)) switch
    {
        (false, _, true) => FormattableString.Invariant($"a number, at least {Minimum}"),
        (true, _, true) => FormattableString.Invariant($"a number above {Minimum}"),
        (true, true, _) => FormattableString.Invariant($"a number above {Minimum} and below {Maximum}"),
        (false, true, _) => FormattableString.Invariant($"a number from {Minimum} to below {Maximum}"),
        _ => FormattableString.Invariant($"a number from {Minimum} to {Maximum}"),
    };

    /// <inheritdoc/>
    public override object? Read(string text) =>
        double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out var value) && double.IsFinite(value)
        && (Above ? value > Minimum : value >= Minimum) && (Below ? value < Maximum : value <= Maximum) ? value : null;

    /// <inheritdoc/>
    public override string Written(object value) => value is double and (>= 1e6 or > 0 and < 1e-4)
        ? string.Create(CultureInfo.InvariantCulture, $"{value:0.################e0}")
        : base.Written(value);
}

/// <summary>One of a list of names.</summary>
public record OneOf(IReadOnlyList<string> Names) : SettingKind
{
    /// <inheritdoc/>
    public override string Expected => $"one of {string.Join(", ", Names)}";

    /// <inheritdoc/>
    public override object? Read(string text) => Names.Contains(text) ? text : null;
}

/// <summary>One of a list of names, or nothing.</summary>
public record OneOfOrNone(IReadOnlyList<string> Names) : SettingKind
{
    /// <inheritdoc/>
    public override string Expected => $"one of {string.Join(", ", Names)}, or nothing";

    /// <inheritdoc/>
    public override object? Read(string text) => text.Length == 0 || Names.Contains(text) ? text : null;
}

/// <summary>Any text.</summary>
public record AnyText(string Meaning) : SettingKind
{
    /// <inheritdoc/>
    public override string Expected => Meaning;

    /// <inheritdoc/>
    public override object? Read(string text) => text;
}

/// <summary>Yes or no, read as <see cref="bool"/>.</summary>
/// <param name="Neither">A third word, read as itself; null for none.</param>
public sealed record Flag(string? Neither = null) : SettingKind
{
    /// <inheritdoc/>
    public override string Expected => Neither is null ? "true or false" : $"one of {Neither}, true, false";

    /// <inheritdoc/>
    public override object? Read(string text) => text switch
    {
        "true" => true,
        "false" => false,
        _ => text == Neither ? text : null,
    };

    /// <inheritdoc/>
    public override string Written(object value) => value is true ? "true" : "false";
}

/// <summary>A text of a certain form.</summary>
public record PatternText(string Form, string Meaning) : SettingKind
{
    /// <inheritdoc/>
    public override string Expected => Meaning;

    /// <inheritdoc/>
    public override object? Read(string text) => Regex.IsMatch(text, $@"\A(?:{Form})\z", RegexOptions.CultureInvariant) ? text : null;
}

/// <summary>A file or folder; empty where there is none.</summary>
public sealed record PathText : SettingKind
{
    /// <inheritdoc/>
    public override string Expected => "a path";

    /// <inheritdoc/>
    public override object? Read(string text) => text.Contains('\0', StringComparison.Ordinal) ? null : text;
}

/// <summary>A duration with its unit, read as <see cref="TimeSpan"/>; above 0 unless said otherwise.</summary>
public sealed partial record Duration(bool OrNone = false) : SettingKind
{
    private const int HoursMost = 2777;

    /// <inheritdoc/>
    public override string Expected =>
        $"a duration {(OrNone ? "from 0s" : "above 0")} to {HoursMost}h with its unit (ms, s, m, h), such as 10s";

    /// <inheritdoc/>
    public override object? Read(string text)
    {
        var match = Form().Match(text);
        if (!match.Success)
            return null;

        var amount = double.Parse(match.Groups[1].ValueSpan, CultureInfo.InvariantCulture);
        var seconds = amount * (match.Groups[2].Value switch { "ms" => 0.001, "s" => 1, "m" => 60, _ => 3600 });
        if (seconds > HoursMost * 3600.0) return null;
        // A positive amount may still round to no ticks at all.
        var time = TimeSpan.FromSeconds(seconds);
        return time > TimeSpan.Zero || (OrNone && amount == 0) ? time : null;
    }

    /// <inheritdoc/>
    public override string Written(object value)
    {
        var seconds = ((TimeSpan)value).TotalSeconds;
        return seconds >= 120 && seconds % 60 == 0
            ? FormattableString.Invariant($"{seconds / 60}m")
            : FormattableString.Invariant($"{seconds:0.######}s");
    }

    [GeneratedRegex(@"^([0-9]{1,9}(?:\.[0-9]{1,6})?) ?(ms|s|m|h)\z")]
    private static partial Regex Form();
}
