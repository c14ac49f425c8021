namespace PipelineRobustness.Models.Text;

/// <summary>Text to token ids and back. Safe to use from several threads.</summary>
public interface ITokenizer
{
    /// <summary>What to call it.</summary>
    string Name { get; }

    /// <summary>
    /// Differs wherever any text could get other ids: a name, or a digest over all files and settings that decide.
    /// What keeps token ids keeps them under this.
    /// </summary>
    string Identity { get; }

    /// <summary>One above the largest id.</summary>
    int VocabularySize { get; }

    /// <summary>The id that every document begins with, or null.</summary>
    int? BeginOfText { get; }

    /// <summary>The id that ends a document, or null.</summary>
    int? EndOfText { get; }

    /// <summary>The id that stands for pieces that are not in the vocabulary, or null.</summary>
    int? Unknown { get; }

    /// <summary>The text's ids, without begin or end of text. A lone surrogate is read as U+FFFD.</summary>
    /// <exception cref="BadInputException">A piece is not in the vocabulary and nothing stands for it.</exception>
    int[] Encode(string text);

    /// <summary>The text of ids; bytes that are not UTF-8 become U+FFFD.</summary>
    /// <exception cref="ArgumentOutOfRangeException">An id is not in the vocabulary.</exception>
    string Decode(IReadOnlyList<int> ids);
}
