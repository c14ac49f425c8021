using PipelineRobustness.Experiments.Settings;
using PipelineRobustness.Models;
using PipelineRobustness.Pipeline.Settings;

namespace PipelineRobustness.Experiments.Scenarios;

/// <summary>The words of an event, or of a file that is nothing but words.</summary>
internal sealed class SectionWords(SettingSection section)
{
    /// <summary>Holds the words that are written against those that there are.</summary>
    /// <exception cref="BadInputException">One is none of them; the nearest is named.</exception>
    public void ThrowIfUnknown(IReadOnlyCollection<string> known)
    {
        if (section.Items.FirstOrDefault(i => !known.Contains(i.Key)) is { Key: { } unknown, Value: { } where })
            throw new BadInputException($"{where.Origin}: {unknown}: no such word; did you mean {NearestName.Of(unknown, known)}?");
    }

    /// <summary>Holds the words beside one of them against those that go with it.</summary>
    /// <exception cref="BadInputException">One does not; those that do are named.</exception>
    public void ThrowIfForeign(string to, IReadOnlyCollection<string> takes)
    {
        if (section.Items.FirstOrDefault(i => i.Key != to && !takes.Contains(i.Key)) is { Key: { } foreign, Value: { } where })
            throw new BadInputException($"{where.Origin}: {foreign}: no word of {to}, which takes {string.Join(", ", takes)}");
    }

    /// <summary>What a word says; null where it is not written.</summary>
    /// <exception cref="BadInputException">It is none of this kind.</exception>
    public object? Value(string key, SettingKind kind) => Text(key) is not { } text ? null : kind.Read(text) ?? throw Bad(key, kind.Expected);

    /// <summary>A word's text; null where it is not written.</summary>
    /// <exception cref="BadInputException">It is a list or a section.</exception>
    public string? Text(string key) => section.Find(key) switch
    {
        null => null,
        SettingText text => text.Text,
        var other => throw new BadInputException($"{other.Origin}: {key}: expected a word, found {other.Shown}"),
    };

    /// <summary>What is told where a word is wrong.</summary>
    public BadInputException Bad(string key, string expected) =>
        section.Find(key) is { } node ? Bad(node, key, expected, node.Shown) : Bad(section, key, expected, "none");

    /// <summary>What is told where a piece of it is wrong.</summary>
    public static BadInputException Bad(SettingNode node, string key, string expected, string found) =>
        new($"{node.Origin}: {key}: expected {expected}, found {found}");
}
