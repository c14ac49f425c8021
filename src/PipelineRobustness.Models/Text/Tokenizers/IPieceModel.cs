namespace PipelineRobustness.Models.Text.Tokenizers;

/// <summary>Encodes one piece of text, in time proportional to its length (times its logarithm). Thread-safe.</summary>
internal interface IPieceModel
{
    /// <summary>Appends the ids of a piece without lone surrogates.</summary>
    /// <param name="piece">The piece.</param>
    /// <param name="ids">Receives the ids.</param>
    /// <param name="progress">Receives the share of a long piece that is done, now and then; null for none.</param>
    /// <exception cref="BadInputException">A part of it is not in the vocabulary and there is no unknown token.</exception>
    void Encode(ReadOnlySpan<char> piece, List<int> ids, Action<double>? progress);
}
