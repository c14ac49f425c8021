namespace PipelineRobustness.Models.Text;

/// <summary>Converts text to token ids and back. Thread-safe.</summary>
public interface ITokenizer
{
    /// <summary>The tokenizer's name.</summary>
    string Name { get; }

    /// <summary>
    /// Identifies the mapping from text to ids: a name, or a digest of all files and settings that affect it. Cached
    /// token ids are stored under this.
    /// </summary>
    string Identity { get; }

    /// <summary>The largest id plus one.</summary>
    int VocabularySize { get; }

    /// <summary>The id at the beginning of every document, or null.</summary>
    int? BeginOfText { get; }

    /// <summary>The id at the end of a document, or null.</summary>
    int? EndOfText { get; }

    /// <summary>The id for text that is not in the vocabulary, or null.</summary>
    int? Unknown { get; }

    /// <summary>Encodes a text, without begin or end of text. A lone surrogate is read as U+FFFD.</summary>
    /// <exception cref="BadInputException">A part of the text is not in the vocabulary and there is no unknown token.</exception>
    int[] Encode(string text);

    /// <summary>
    /// Like <see cref="Encode(string)"/>, in time proportional to the text (times its logarithm), however long it is
    /// without a blank.
    /// </summary>
    /// <param name="text">The text.</param>
    /// <param name="progress">Receives the share of the text that is encoded, from 0 to 1, now and then.</param>
    /// <exception cref="BadInputException">As for <see cref="Encode(string)"/>.</exception>
    int[] Encode(string text, Action<double> progress) => Encode(text);

    /// <summary>Decodes ids; bytes that are not valid UTF-8 become U+FFFD.</summary>
    /// <exception cref="ArgumentOutOfRangeException">An id is not in the vocabulary.</exception>
    string Decode(IReadOnlyList<int> ids);
}
