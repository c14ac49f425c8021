using System.Globalization;
using System.Text;

namespace PipelineRobustness.Models.Text.Tokenizers;

/// <summary>
/// .NET regular expressions see UTF-16 code units: a letter beyond U+FFFF looks to them like two characters that are
/// not letters. This replaces each such character by a single code unit of the same Unicode category.
/// </summary>
internal static class BmpSubstitutes
{
    /// <summary>For each category, a character that patterns are unlikely to contain.</summary>
    private static readonly Dictionary<UnicodeCategory, char> OfCategory = new()
    {
        [UnicodeCategory.UppercaseLetter] = '\u0531',
        [UnicodeCategory.LowercaseLetter] = '\u0561',
        [UnicodeCategory.TitlecaseLetter] = '\u01C5',
        [UnicodeCategory.ModifierLetter] = '\u02B0',
        [UnicodeCategory.OtherLetter] = '\u05D0',
        [UnicodeCategory.NonSpacingMark] = '\u0312',
        [UnicodeCategory.SpacingCombiningMark] = '\u0903',
        [UnicodeCategory.EnclosingMark] = '\u0488',
        [UnicodeCategory.DecimalDigitNumber] = '\u0660',
        [UnicodeCategory.LetterNumber] = '\u2160',
        [UnicodeCategory.OtherNumber] = '\u2460',
        [UnicodeCategory.ConnectorPunctuation] = '\u203F',
        [UnicodeCategory.DashPunctuation] = '\u2010',
        [UnicodeCategory.OpenPunctuation] = '\u2045',
        [UnicodeCategory.ClosePunctuation] = '\u2046',
        [UnicodeCategory.InitialQuotePunctuation] = '\u2039',
        [UnicodeCategory.FinalQuotePunctuation] = '\u203A',
        [UnicodeCategory.OtherPunctuation] = '\u2042',
        [UnicodeCategory.MathSymbol] = '\u2200',
        [UnicodeCategory.CurrencySymbol] = '\u20A0',
        [UnicodeCategory.ModifierSymbol] = '\u02C2',
        [UnicodeCategory.OtherSymbol] = '\u2600',
        [UnicodeCategory.Format] = '\u2060',
        [UnicodeCategory.PrivateUse] = '\uE000',
        [UnicodeCategory.OtherNotAssigned] = '\u0378',
    };

    /// <summary>Whether a text contains characters to replace.</summary>
    public static bool AreNeeded(ReadOnlySpan<char> text) => text.IndexOfAnyInRange('\uD800', '\uDFFF') >= 0;

    /// <summary>The text with one code unit per character; lone surrogates become unassigned characters.</summary>
    public static string Replace(ReadOnlySpan<char> text)
    {
        var replaced = new StringBuilder(text.Length);
        foreach (var rune in text.EnumerateRunes())
            replaced.Append(rune.IsBmp ? (char)rune.Value : OfCategory[Rune.GetUnicodeCategory(rune)]);
        return replaced.ToString();
    }
}
