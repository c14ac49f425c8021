using System.Text.RegularExpressions;

namespace PipelineRobustness.Models.Text.Tokenizers;

/// <summary>Cuts before and behind each match of a pattern.</summary>
internal sealed class RegexPreTokenizer : PreTokenizer
{
    // A match takes microseconds: this stops patterns of files that never end. Time goes by on the wall, also for a process
    // that is starved or stopped, so there is plenty of it.
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(10);

    private readonly string _origin;
    private readonly Regex _pattern;

    /// <summary>Compiles the pattern.</summary>
    /// <param name="pattern">As .NET writes it; it names no character beyond U+FFFF.</param>
    /// <param name="origin">Where it stands, to name it.</param>
    /// <exception cref="BadInputException">It is not a pattern.</exception>
    public RegexPreTokenizer(string pattern, string origin)
        : this(pattern, origin, Patience)
    {
    }

    /// <summary>As above, with the time that one match may take.</summary>
    internal RegexPreTokenizer(string pattern, string origin, TimeSpan patience)
    {
        _origin = origin;
        try
        {
            _pattern = new Regex(pattern, RegexOptions.Compiled | RegexOptions.CultureInvariant, patience);
        }
        catch (ArgumentException e)
        {
            throw new BadInputException($"{origin}: expected a regular expression, found {pattern}: {e.Message}", e);
        }
    }

    /// <summary>GPT-2's own, which comes to an end on any text.</summary>
    public static RegexPreTokenizer Gpt2() =>
        new(@"'s|'t|'re|'ve|'m|'ll|'d| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+", "GPT-2's pattern", Regex.InfiniteMatchTimeout);

    /// <inheritdoc />
    /// <exception cref="BadInputException">The pattern does not come to an end.</exception>
    public override void Cut(ReadOnlySpan<char> text, bool isFirst, PieceHandler take)
    {
        var hasStandIns = BmpSubstitutes.AreNeededIn(text);
        var seen = hasStandIns ? BmpSubstitutes.Of(text) : text;
        var (seenAt, from, at) = (0, 0, 0);
        try
        {
            foreach (var match in _pattern.EnumerateMatches(seen))
            {
                Advance(text, match.Index);
                Give(text);
                Advance(text, match.Index + match.Length);
                Give(text);
            }
        }
        catch (RegexMatchTimeoutException e)
        {
            throw new BadInputException($"{_origin}: expected a regular expression that comes to an end, found one that takes too long", e);
        }
        Advance(text, seen.Length);
        Give(text);

        void Advance(ReadOnlySpan<char> original, int target)
        {
            at = hasStandIns ? at : target;
            for (; hasStandIns && seenAt < target; seenAt++)
                at += char.IsHighSurrogate(original[at]) ? 2 : 1;
        }

        void Give(ReadOnlySpan<char> original)
        {
            if (from < at)
                take(original[from..at]);
            from = at;
        }
    }
}
