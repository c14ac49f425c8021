namespace PipelineRobustness.Models.Text.Tokenizers;

/// <summary>Receives a piece.</summary>
internal delegate void PieceHandler(ReadOnlySpan<char> piece);

/// <summary>Splits text into pieces that are encoded separately. Thread-safe.</summary>
internal abstract class PreTokenizer
{
    /// <summary>Passes the pieces on in order; none is empty.</summary>
    /// <param name="text">The text, without lone surrogates.</param>
    /// <param name="isFirst">Whether it is at the beginning of the whole text.</param>
    /// <param name="take">Receives the pieces.</param>
    public abstract void Split(ReadOnlySpan<char> text, bool isFirst, PieceHandler take);

    /// <summary>This pre-tokenizer, followed by another one within each piece.</summary>
    public PreTokenizer Then(PreTokenizer next) => new Sequence(this, next);

    private sealed class Sequence(PreTokenizer outer, PreTokenizer inner) : PreTokenizer
    {
        public override void Split(ReadOnlySpan<char> text, bool isFirst, PieceHandler take)
        {
            var atStart = isFirst;
            outer.Split(text, isFirst, piece =>
            {
                inner.Split(piece, atStart, take);
                atStart = false;
            });
        }
    }
}

/// <summary>Returns the text as one piece.</summary>
internal sealed class IdentityPreTokenizer : PreTokenizer
{
    /// <inheritdoc />
    public override void Split(ReadOnlySpan<char> text, bool isFirst, PieceHandler take)
    {
        if (!text.IsEmpty)
            take(text);
    }
}

/// <summary>Puts a space before text that does not begin with one.</summary>
internal sealed class PrefixSpacePreTokenizer : PreTokenizer
{
    /// <inheritdoc />
    public override void Split(ReadOnlySpan<char> text, bool isFirst, PieceHandler take) => take(text.StartsWith(' ') ? text : $" {text}");
}
