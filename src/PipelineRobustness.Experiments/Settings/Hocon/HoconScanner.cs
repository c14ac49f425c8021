using System.Globalization;
using System.Text;
using PipelineRobustness.Models;

namespace PipelineRobustness.Experiments.Settings.Hocon;

/// <summary>
/// Cuts HOCON text into tokens and refuses, with a line number, what this project does not read: an open quote, a substitution,
/// a comment mark glued to a value, a character that must be quoted.
/// </summary>
internal sealed class HoconScanner
{
    private const string MustBeQuoted = "$`^?!@*&\\";
    private const string Triple = "\"\"\"";
    private readonly string _origin;
    private readonly string _text;
    private readonly List<HoconToken> _tokens = [];
    private int _at;
    private int _line = 1;

    private HoconScanner(string origin, string text)
    {
        _origin = origin;
        _text = text;
    }

    /// <summary>All tokens of <paramref name="text"/>, the last one <see cref="HoconTokenKind.End"/>.</summary>
    /// <exception cref="BadInputException">The text cannot be cut; the message names origin and line.</exception>
    public static IReadOnlyList<HoconToken> Scan(string origin, string text)
    {
        var scanner = new HoconScanner(origin, text);
        while (scanner._at < text.Length) scanner.Next();
        scanner.Add(HoconTokenKind.End, "", text.Length);
        return scanner._tokens;
    }

    private void Next()
    {
        var c = _text[_at];
        if (c == '\n')
        {
            Add(HoconTokenKind.NewLine, "\n", _at + 1);
            _line++;
        }
        else if (char.IsWhiteSpace(c)) _at++;
        else if (AtComment()) _at = EndOfLine();
        else if (Mark(c) is { } kind) Add(kind, c.ToString(), _at + 1);
        else if (c == '"') Quoted();
        else Word();
    }

    private static HoconTokenKind? Mark(char c) => c switch
    {
        '{' => HoconTokenKind.OpenBrace,
        '}' => HoconTokenKind.CloseBrace,
        '[' => HoconTokenKind.OpenBracket,
        ']' => HoconTokenKind.CloseBracket,
        '=' or ':' => HoconTokenKind.Assign,
        ',' => HoconTokenKind.Comma,
        _ => null,
    };

    private void Word()
    {
        var start = _at;
        while (_at < _text.Length && !char.IsWhiteSpace(_text[_at]) && _text[_at] != '"' && Mark(_text[_at]) is null)
        {
            if (AtComment()) throw Bad("expected a blank before a comment, or the value in quotes, found neither");
            if (_text[_at] == '$' && _at + 1 < _text.Length && _text[_at + 1] == '{')
                throw Bad("expected a value, found a substitution ${...}, which is not supported");
            if (MustBeQuoted.Contains(_text[_at]) || char.IsControl(_text[_at]))
                throw Bad($"expected quotes around a value with the character {Shown(_text[_at])}, found none");
            _at++;
        }

        var end = _at;
        _at = start;
        Add(HoconTokenKind.Word, _text[start..end], end);
    }

    private void Quoted()
    {
        if (_text.AsSpan(_at).StartsWith(Triple))
        {
            TripleQuoted();
            return;
        }

        var content = new StringBuilder();
        var at = _at + 1;
        while (at < _text.Length && _text[at] is not ('"' or '\n'))
        {
            if (_text[at] == '\\') content.Append(Escaped(ref at));
            else content.Append(_text[at++]);
        }

        if (at >= _text.Length || _text[at] == '\n') throw Bad("expected a closing quote on this line, found none");
        Add(HoconTokenKind.Quoted, content.ToString(), at + 1);
    }

    private char Escaped(ref int at)
    {
        var code = at + 1 < _text.Length ? _text[at + 1] : '\n';
        if (code == '\n') throw Bad("expected a closing quote on this line, found none");
        at += 2;
        return code switch
        {
            '"' or '\\' or '/' => code,
            'b' => '\b',
            'f' => '\f',
            'n' => '\n',
            'r' => '\r',
            't' => '\t',
            'u' => Unicode(ref at),
            _ => throw Bad($"expected one of \\\" \\\\ \\/ \\b \\f \\n \\r \\t \\uXXXX, found \\{Shown(code)[1..^1]}"),
        };
    }

    private char Unicode(ref int at)
    {
        var digits = _text.AsSpan(at, Math.Min(4, _text.Length - at));
        if (digits.Length < 4 || !ushort.TryParse(digits, NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out var code))
            throw Bad($"expected four hexadecimal digits after \\u, found {OneLine.Of(digits.ToString())}");
        at += 4;
        return (char)code;
    }

    private void TripleQuoted()
    {
        var end = _text.IndexOf(Triple, _at + Triple.Length, StringComparison.Ordinal);
        if (end < 0) throw Bad("expected a closing triple quote, found none");
        var content = _text[(_at + Triple.Length)..end];
        Add(HoconTokenKind.Quoted, content, end + Triple.Length);
        _line += content.Count(c => c == '\n');
    }

    private bool AtComment() =>
        _text[_at] == '#' || (_text[_at] == '/' && _at + 1 < _text.Length && _text[_at + 1] == '/');

    private int EndOfLine()
    {
        var end = _text.IndexOf('\n', _at);
        return end < 0 ? _text.Length : end;
    }

    private void Add(HoconTokenKind kind, string text, int end)
    {
        _tokens.Add(new HoconToken(kind, text, _at, end, _line));
        _at = end;
    }

    private BadInputException Bad(string what) => new($"{_origin}:{_line}: {what}");

    private static string Shown(char c) => char.IsControl(c) ? $"U+{(int)c:X4}" : $"'{c}'";
}
