using System.Buffers;

namespace PipelineRobustness.Models.Text.Tokenizers;

/// <summary>An entry that is matched in the text before it is split and merged.</summary>
/// <param name="Content">Its text.</param>
/// <param name="Id">Its id.</param>
/// <param name="StripsLeft">Whether it includes the white space before it.</param>
/// <param name="StripsRight">Whether it includes the white space after it.</param>
/// <param name="IsNormalized">Whether its normalized content is matched in normalized text.</param>
internal sealed record AddedToken(string Content, int Id, bool StripsLeft = false, bool StripsRight = false, bool IsNormalized = false);

/// <summary>Finds added tokens: the leftmost, and of those at the same position the longest.</summary>
internal sealed class AddedTokens
{
    private readonly AddedToken[] _byLength;
    private readonly SearchValues<string> _contents;

    /// <summary>Prepares the search; tokens without content never match.</summary>
    public AddedTokens(IEnumerable<AddedToken> tokens)
    {
        _byLength = [.. tokens.Where(token => token.Content.Length > 0).OrderByDescending(token => token.Content.Length)];
        _contents = SearchValues.Create([.. _byLength.Select(token => token.Content)], StringComparison.Ordinal);
    }

    /// <summary>Finds the next token from an offset on, and the range of text that it covers.</summary>
    public bool TryFind(ReadOnlySpan<char> text, int from, out Range range, out int id)
    {
        (range, id) = (default, -1);
        var offset = _byLength.Length == 0 ? -1 : text[from..].IndexOfAny(_contents);
        if (offset < 0) return false;
        var start = from + offset;
        foreach (var token in _byLength)
        {
            if (!text[start..].StartsWith(token.Content, StringComparison.Ordinal)) continue;
            var end = start + token.Content.Length;
            while (token.StripsLeft && start > from && char.IsWhiteSpace(text[start - 1]))
                start--;
            while (token.StripsRight && end < text.Length && char.IsWhiteSpace(text[end]))
                end++;
            (range, id) = (start..end, token.Id);
            return true;
        }
        return false;
    }
}
