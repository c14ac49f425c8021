using PipelineRobustness.Models;

namespace PipelineRobustness.Experiments.Settings.Hocon;

/// <summary>
/// Cuts HOCON text into tokens and refuses, with a line number, what Akka's reader would swallow or choke on: an open
/// quote, an <c>include</c>, a substitution, a comment mark glued to a value, a character that must be quoted.
/// </summary>
internal sealed class HoconScanner
{
    private const string MustBeQuoted = "$`^?!@*&\\";
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
        while (scanner._at < text.Length)
            scanner.Next();

        scanner.Add(HoconTokenKind.End, "");
        return scanner._tokens;
    }

    private void Next()
    {
        var c = _text[_at];
        if (c == '\n')
        {
            Add(HoconTokenKind.NewLine, "\n");
            _line++;
            _at++;
        }
        else if (char.IsWhiteSpace(c))
        {
            _at++;
        }
        else if (AtComment())
        {
            _at = EndOfLine();
        }
        else if (Mark(c) is { } kind)
        {
            Add(kind, c.ToString());
            _at++;
        }
        else if (c == '"')
        {
            Quoted();
        }
        else
        {
            Word();
        }
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
            if (AtComment())
                throw Bad("a comment begins right behind a value; put a blank before it, or the value in quotes");

            if (_text[_at] == '$' && _at + 1 < _text.Length && _text[_at + 1] == '{')
                throw Bad("a substitution ${...} is not supported; write the value");

            if (MustBeQuoted.Contains(_text[_at]) || char.IsControl(_text[_at]))
                throw Bad($"the character {Shown(_text[_at])} needs quotes around its value");

            _at++;
        }

        Add(HoconTokenKind.Word, _text[start.._at]);
    }

    private void Quoted()
    {
        if (_text.AsSpan(_at).StartsWith("\"\"\""))
        {
            TripleQuoted();
            return;
        }

        var start = ++_at;
        while (_at < _text.Length && _text[_at] != '"' && _text[_at] != '\n')
            _at += _text[_at] == '\\' ? 2 : 1;

        if (_at >= _text.Length || _text[_at] == '\n')
            throw Bad("a quote is opened and not closed on its line");

        Add(HoconTokenKind.Quoted, _text[start.._at]);
        _at++;
    }

    private void TripleQuoted()
    {
        var end = _text.IndexOf("\"\"\"", _at + 3, StringComparison.Ordinal);
        if (end < 0)
            throw Bad("a triple quote is opened and never closed");

        var content = _text[(_at + 3)..end];
        Add(HoconTokenKind.Quoted, content);
        _line += content.Count(c => c == '\n');
        _at = end + 3;
    }

    private bool AtComment() =>
        _text[_at] == '#' || (_text[_at] == '/' && _at + 1 < _text.Length && _text[_at + 1] == '/');

    private int EndOfLine()
    {
        var end = _text.IndexOf('\n', _at);
        return end < 0 ? _text.Length : end;
    }

    private void Add(HoconTokenKind kind, string text) => _tokens.Add(new HoconToken(kind, text, _at, _line));

    private BadInputException Bad(string what) => new($"{_origin}:{_line}: {what}");

    private static string Shown(char c) => char.IsControl(c) ? $"U+{(int)c:X4}" : $"'{c}'";
}
