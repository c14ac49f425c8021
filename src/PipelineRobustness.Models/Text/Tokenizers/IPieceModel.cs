namespace PipelineRobustness.Models.Text.Tokenizers;

/// <summary>What turns one piece of text into ids. Safe to use from several threads.</summary>
internal interface IPieceModel
{
    /// <summary>Appends the ids of a piece, which has no lone surrogates.</summary>
    /// <exception cref="BadInputException">A part of it is not in the vocabulary and nothing stands for it.</exception>
    void Encode(ReadOnlySpan<char> piece, List<int> ids);
}
