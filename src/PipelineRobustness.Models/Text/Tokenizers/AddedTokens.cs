using System.Buffers;

namespace PipelineRobustness.Models.Text.Tokenizers;

/// <summary>An entry that is recognised in the text as it stands there, before anything is cut or merged.</summary>
/// <param name="Content">Its text.</param>
/// <param name="Id">Its id.</param>
/// <param name="TakesLeft">Whether white space before it belongs to it.</param>
/// <param name="TakesRight">Whether white space behind it belongs to it.</param>
/// <param name="IsNormalized">Whether it is sought, normalized, in normalized text.</param>
internal sealed record AddedToken(string Content, int Id, bool TakesLeft = false, bool TakesRight = false, bool IsNormalized = false);

/// <summary>Finds added tokens: the one that begins first; of several that begin there the longest.</summary>
internal sealed class AddedTokens
{
    private readonly AddedToken[] _byLength;
    private readonly SearchValues<string> _contents;

    /// <summary>Prepares the search; tokens without text are never found.</summary>
    public AddedTokens(IEnumerable<AddedToken> tokens)
    {
        _byLength = [.. tokens.Where(token => token.Content.Length > 0).OrderByDescending(token => token.Content.Length)];
        _contents = SearchValues.Create([.. _byLength.Select(token => token.Content)], StringComparison.Ordinal);
    }

    /// <summary>Whether there is one from an offset on; what it takes begins and ends where it says.</summary>
    public bool TryFind(ReadOnlySpan<char> text, int from, out Range taken, out int id)
    {
        (taken, id) = (default, -1);
        var offset = _byLength.Length == 0 ? -1 : text[from..].IndexOfAny(_contents);
        if (offset < 0) return false;
        var start = from + offset;
        foreach (var token in _byLength)
        {
            if (!text[start..].StartsWith(token.Content, StringComparison.Ordinal)) continue;
            var end = start + token.Content.Length;
            while (token.TakesLeft && start > from && char.IsWhiteSpace(text[start - 1]))
                start--;
            while (token.TakesRight && end < text.Length && char.IsWhiteSpace(text[end]))
                end++;
            (taken, id) = (start..end, token.Id);
            return true;
        }
        return false;
    }
}
