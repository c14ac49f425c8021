namespace PipelineRobustness.Models;

/// <summary>Text to token ids and back.</summary>
public interface ITokenizer
{
    /// <summary>What to call it.</summary>
    string Name { get; }

    /// <summary>Number of ids.</summary>
    int VocabularySize { get; }

    /// <summary>The text's ids, without any end of text.</summary>
    int[] Encode(string text);

    /// <summary>The text of ids; bytes that are not UTF-8 become U+FFFD.</summary>
    /// <exception cref="ArgumentOutOfRangeException">An id is not in the vocabulary.</exception>
    string Decode(IReadOnlyList<int> ids);
}
