using PipelineRobustness.Experiments.Settings;
using PipelineRobustness.Models;
using PipelineRobustness.Pipeline.Settings;

namespace PipelineRobustness.Experiments.Scenarios;

/// <summary>The words of an event, or of a file of words with values.</summary>
internal sealed class SectionWords(SettingSection section)
{
    /// <summary>Refuses words that do not exist.</summary>
    /// <exception cref="BadInputException">Names the first such word, and the nearest that exists.</exception>
    public void ThrowIfUnknown(IReadOnlyCollection<string> known)
    {
        if (section.Items.FirstOrDefault(i => !known.Contains(i.Key)) is { Key: { } unknown, Value: { } where })
        {
            var hint = NearestName.Of(unknown, known) is { } near ? $"did you mean {near}?" : $"known: {string.Join(", ", known)}";
            throw new BadInputException($"{where.Origin}: {unknown}: no such word; {hint}");
        }
    }

    /// <summary>Refuses words that do not belong to another one.</summary>
    /// <exception cref="BadInputException">Names the first such word, and those that do belong.</exception>
    public void ThrowIfForeign(string to, IReadOnlyCollection<string> takes)
    {
        if (section.Items.FirstOrDefault(i => i.Key != to && !takes.Contains(i.Key)) is { Key: { } foreign, Value: { } where })
            throw new BadInputException($"{where.Origin}: {foreign}: no word of {to}, which takes {string.Join(", ", takes)}");
    }

    /// <summary>A word's value; null where it is not written.</summary>
    /// <exception cref="BadInputException">It is not of this kind.</exception>
    public object? Value(string key, SettingKind kind) => Text(key) is not { } text ? null : kind.Read(text) ?? throw Bad(key, kind.Expected);

    /// <summary>A word's text; null where it is not written.</summary>
    /// <exception cref="BadInputException">It is a list or a section.</exception>
    public string? Text(string key) => section.Find(key) switch
    {
        null => null,
        SettingText text => text.Text,
        var other => throw new BadInputException($"{other.Origin}: {key}: expected a word, found {other.Shown}"),
    };

    /// <summary>The error for a word that is wrong.</summary>
    /// <param name="key">The word.</param>
    /// <param name="expected">What was expected.</param>
    /// <param name="found">What was found; null for the word's own text.</param>
    public BadInputException Bad(string key, string expected, string? found = null) =>
        section.Find(key) is { } node ? Bad(node, key, expected, found ?? node.Shown) : Bad(section, key, expected, found ?? "none");

    /// <summary>The error for a part of a word that is wrong.</summary>
    public static BadInputException Bad(SettingNode node, string key, string expected, string found) =>
        new($"{node.Origin}: {key}: expected {expected}, found {found}");
}
