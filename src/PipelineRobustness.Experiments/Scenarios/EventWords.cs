using PipelineRobustness.Models;

namespace PipelineRobustness.Experiments;

/// <summary>The words of an event.</summary>
internal sealed class EventWords(SettingSection section)
{
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
        new($"{(section.Find(key) ?? section).Origin}: {key}: expected {expected}, found {section.Find(key)?.Shown ?? "none"}");
}
