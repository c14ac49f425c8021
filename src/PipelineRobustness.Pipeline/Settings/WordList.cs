using System.Collections;

namespace PipelineRobustness.Pipeline.Settings;

/// <summary>A list of words in a record of settings: equal to another with the same words, so that the records compare as equal.</summary>
/// <param name="words">The words.</param>
public sealed class WordList(IReadOnlyList<string> words) : IReadOnlyList<string>, IEquatable<WordList>
{
    /// <summary>No words.</summary>
    public static WordList Empty { get; } = new([]);

    /// <inheritdoc/>
    public int Count => words.Count;

    /// <inheritdoc/>
    public string this[int index] => words[index];

    /// <inheritdoc/>
    public IEnumerator<string> GetEnumerator() => words.GetEnumerator();

    IEnumerator IEnumerable.GetEnumerator() => GetEnumerator();

    /// <inheritdoc/>
    public bool Equals(WordList? other) => other is not null && words.SequenceEqual(other);

    /// <inheritdoc/>
    public override bool Equals(object? obj) => Equals(obj as WordList);

    /// <inheritdoc/>
    public override int GetHashCode() => words.Aggregate(0, HashCode.Combine);
}
