using System.Text.RegularExpressions;
using PipelineRobustness.Adversity.Failures;

namespace PipelineRobustness.Experiments.Settings;

/// <summary>A text of a certain form.</summary>
public sealed record PatternText(string Form, string Meaning) : SettingKind
{
    private const string Name = "[A-Za-z0-9]([A-Za-z0-9.-]{0,252}[A-Za-z0-9])?";

    private static string Failures => string.Join('|', ScenarioWords.Kinds.Keys);

    /// <summary>A host's name or address.</summary>
    public static PatternText Host { get; } = new($"{Name}|[0-9A-Fa-f:]*:[0-9A-Fa-f:.]*", "a host's name or address");

    /// <summary>A host and a port on it.</summary>
    public static PatternText HostAndPort { get; } = new($@"({Name}|\[[0-9A-Fa-f:.]+\]):[0-9]{{1,5}}", "\"host:port\"");

    /// <summary>A node's name, or nothing.</summary>
    public static PatternText NodeNameOrNone { get; } = new("([A-Za-z0-9][A-Za-z0-9._-]{0,63})?", "letters, digits, '-', '_' and '.', or nothing");

    /// <summary>The nodes of the stages, in order, or nothing.</summary>
    public static PatternText NodesOrNone { get; } = new(
        "([A-Za-z0-9][A-Za-z0-9._-]{0,63}( [A-Za-z0-9][A-Za-z0-9._-]{0,63})*)?", "names of nodes with a space between them, or nothing");

    /// <summary>Kinds of failures, or nothing.</summary>
    public static PatternText FailuresOrNone { get; } = new(
        $"(({Failures})( ({Failures}))*)?", $"some of {string.Join(", ", ScenarioWords.Kinds.Keys)} with a space between them, or nothing");

    /// <summary>What lies between simulated machines: a preset, or a file.</summary>
    public static PatternText NetworkOrFile { get; } = new(
        $@"{string.Join('|', KnownNames.Networks)}|.+\.conf", $"a file.conf or one of {string.Join(", ", KnownNames.Networks)}");

    /// <summary>Where a node computes.</summary>
    public static PatternText Device { get; } = new("cpu|cuda:[0-9]{1,3}", "cpu or cuda:N");

    /// <inheritdoc/>
    public override string Expected => Meaning;

    /// <inheritdoc/>
    public override object? Read(string text) => Regex.IsMatch(text, $@"\A(?:{Form})\z", RegexOptions.CultureInvariant) ? text : null;
}
