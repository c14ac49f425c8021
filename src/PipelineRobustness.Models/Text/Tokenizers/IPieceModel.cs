namespace PipelineRobustness.Models.Text.Tokenizers;

/// <summary>Encodes one piece of text. Thread-safe.</summary>
internal interface IPieceModel
{
    /// <summary>Appends the ids of a piece without lone surrogates.</summary>
    /// <exception cref="BadInputException">A part of it is not in the vocabulary and there is no unknown token.</exception>
    void Encode(ReadOnlySpan<char> piece, List<int> ids);
}
