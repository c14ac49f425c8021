namespace PipelineRobustness.Models.Text.Tokenizers;

/// <summary>Takes a piece.</summary>
internal delegate void PieceHandler(ReadOnlySpan<char> piece);

/// <summary>Cuts text into the pieces that are merged on their own. Safe to use from several threads.</summary>
internal abstract class PreTokenizer
{
    /// <summary>Gives out the pieces in their order; none is empty.</summary>
    /// <param name="text">Without lone surrogates.</param>
    /// <param name="isFirst">Whether it is where the whole text begins.</param>
    /// <param name="take">Gets the pieces.</param>
    public abstract void Cut(ReadOnlySpan<char> text, bool isFirst, PieceHandler take);

    /// <summary>This one, then the other within each piece.</summary>
    public PreTokenizer Then(PreTokenizer next) => new Sequence(this, next);

    private sealed class Sequence(PreTokenizer outer, PreTokenizer inner) : PreTokenizer
    {
        public override void Cut(ReadOnlySpan<char> text, bool isFirst, PieceHandler take)
        {
            var atStart = isFirst;
            outer.Cut(text, isFirst, piece =>
            {
                inner.Cut(piece, atStart, take);
                atStart = false;
            });
        }
    }
}

/// <summary>Cuts nothing.</summary>
internal sealed class IdentityPreTokenizer : PreTokenizer
{
    /// <inheritdoc />
    public override void Cut(ReadOnlySpan<char> text, bool isFirst, PieceHandler take)
    {
        if (!text.IsEmpty)
            take(text);
    }
}

/// <summary>Puts a blank before what does not begin with one.</summary>
internal sealed class PrefixSpacePreTokenizer : PreTokenizer
{
    /// <inheritdoc />
    public override void Cut(ReadOnlySpan<char> text, bool isFirst, PieceHandler take) => take(text.StartsWith(' ') ? text : $" {text}");
}
