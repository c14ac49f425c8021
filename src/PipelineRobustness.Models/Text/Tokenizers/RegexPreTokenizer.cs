using System.Text.RegularExpressions;

namespace PipelineRobustness.Models.Text.Tokenizers;

/// <summary>Splits before and after each match of a pattern.</summary>
internal sealed class RegexPreTokenizer : PreTokenizer
{
    // A match takes microseconds; this limit stops malicious patterns that never end. It is wall-clock time, which also
    // passes for a starved or paused process, so it is generous.
    private static readonly TimeSpan MatchTimeout = TimeSpan.FromMinutes(10);

    private readonly string _origin;
    private readonly Regex _pattern;

    /// <summary>Compiles the pattern.</summary>
    /// <param name="pattern">A .NET pattern that contains no character beyond U+FFFF.</param>
    /// <param name="origin">The pattern's file, for messages.</param>
    /// <exception cref="BadInputException">It is not a valid pattern.</exception>
    public RegexPreTokenizer(string pattern, string origin)
        : this(pattern, origin, MatchTimeout)
    {
    }

    /// <summary>Compiles the pattern, with a time limit per match.</summary>
    internal RegexPreTokenizer(string pattern, string origin, TimeSpan timeout)
    {
        _origin = origin;
        try
        {
            _pattern = new Regex(pattern, RegexOptions.Compiled | RegexOptions.CultureInvariant, timeout);
        }
        catch (ArgumentException e)
        {
            throw new BadInputException($"{origin}: expected a regular expression, found {pattern}: {e.Message}", e);
        }
    }

    /// <summary>GPT-2's pattern, which terminates on any text.</summary>
    public static RegexPreTokenizer Gpt2() =>
        new(@"'s|'t|'re|'ve|'m|'ll|'d| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+", "GPT-2's pattern", Regex.InfiniteMatchTimeout);

    /// <inheritdoc />
    /// <exception cref="BadInputException">A match exceeds the time limit.</exception>
    public override void Split(ReadOnlySpan<char> text, bool isFirst, PieceHandler take)
    {
        var isSubstituted = BmpSubstitutes.AreNeeded(text);
        var seen = isSubstituted ? BmpSubstitutes.Replace(text) : text;
        var (seenAt, from, at) = (0, 0, 0);
        try
        {
            foreach (var match in _pattern.EnumerateMatches(seen))
            {
                Advance(text, match.Index);
                Emit(text);
                Advance(text, match.Index + match.Length);
                Emit(text);
            }
        }
        catch (RegexMatchTimeoutException e)
        {
            throw new BadInputException($"{_origin}: expected a regular expression that terminates, found one that exceeds the time limit", e);
        }
        Advance(text, seen.Length);
        Emit(text);

        void Advance(ReadOnlySpan<char> original, int target)
        {
            at = isSubstituted ? at : target;
            for (; isSubstituted && seenAt < target; seenAt++)
                at += char.IsHighSurrogate(original[at]) ? 2 : 1;
        }

        void Emit(ReadOnlySpan<char> original)
        {
            if (from < at)
                take(original[from..at]);
            from = at;
        }
    }
}
