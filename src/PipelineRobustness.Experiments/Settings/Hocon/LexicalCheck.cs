using System.Text.RegularExpressions;
using PipelineRobustness.Models;

namespace PipelineRobustness.Experiments.Settings.Hocon;

/// <summary>
/// Reads the structure of a HOCON text before Akka's reader sees it. That reader is silent about what matters (a lost
/// brace, two settings on one line, two list elements without a comma are all "read", with settings lost or moved), so
/// everything whose meaning it would change is refused here, with the line. The grammar:
/// <code>
/// file    = members | '{' members '}'
/// members = { key ( object | ('=' | ':') value ) ( newline | ',' ) }
/// value   = object | list | scalar { scalar }      (on one line)
/// list    = '[' { value ( newline | ',' ) } ']'
/// </code>
/// </summary>
internal sealed partial class LexicalCheck
{
    private const int DepthMax = 16;
    private readonly string _origin;
    private readonly IReadOnlyList<HoconToken> _tokens;
    private readonly WrittenKeys _keys;
    private readonly Dictionary<string, int> _lengths = [];
    private readonly List<int> _unreadCommas = [];
    private readonly Stack<HoconToken> _open = [];
    private int _at;

    private LexicalCheck(string origin, IReadOnlyList<HoconToken> tokens)
    {
        _origin = origin;
        _tokens = tokens;
        _keys = new WrittenKeys(origin);
    }

    /// <summary>Checks <paramref name="text"/> and returns its outline.</summary>
    /// <exception cref="BadInputException">The text is cut short, unbalanced or ambiguous; origin and line are named.</exception>
    public static HoconOutline Check(string origin, string text)
    {
        var check = new LexicalCheck(origin, HoconScanner.Scan(origin, text));
        check.File();
        return new HoconOutline(check._keys.Lines, check._lengths, check._unreadCommas);
    }

    /// <summary>Whether a text can be the name of a setting: up to 16 names with dots between, of up to 64 characters each.</summary>
    public static bool IsDottedName(string text) => DottedName().IsMatch(text);

    private HoconToken Now => _tokens[_at];

    private void File()
    {
        SkipNewLines();
        if (Now.Kind == HoconTokenKind.OpenBrace)
        {
            Object("");
            SkipNewLines();
        }
        else
        {
            Members("", HoconTokenKind.End);
        }

        if (Now.Kind != HoconTokenKind.End)
            throw Unexpected("the end of the file");
    }

    private void Object(string path)
    {
        Enter();
        Members(path, HoconTokenKind.CloseBrace);
        Leave();
    }

    private void Members(string path, HoconTokenKind end)
    {
        SkipNewLines();
        while (Now.Kind != end)
        {
            var braced = Member(path);
            if (Now.Kind == HoconTokenKind.Comma)
            {
                if (braced)
                    _unreadCommas.Add(Now.Offset);

                _at++;
            }
            else if (Now.Kind != HoconTokenKind.NewLine && Now.Kind != end)
            {
                throw Unexpected("a new line or a comma");
            }

            SkipNewLines();
        }
    }

    /// <summary>One key with its value; true where it is written <c>key { ... }</c>.</summary>
    private bool Member(string parent)
    {
        var key = Key();
        var path = parent.Length == 0 ? key.Text : $"{parent}.{key.Text}";
        if (Now.Kind == HoconTokenKind.OpenBrace)
        {
            _keys.Note(path, key.Line);
            Object(path);
            return true;
        }

        if (Now.Kind != HoconTokenKind.Assign)
            throw Bad(key.Line, $"{path} has no value; expected '=' or '{{', found {Now.Shown}");

        _at++;
        if (Now.Kind != HoconTokenKind.OpenBrace)
            _keys.Claim(path, key.Line);
        else
            _keys.Note(path, key.Line);

        Value(path, key.Line);
        return false;
    }

    private HoconToken Key()
    {
        var key = Now;
        if (key is { Kind: HoconTokenKind.Word, Text: "include" } && _tokens[_at + 1].Kind is HoconTokenKind.Quoted or HoconTokenKind.Word)
            throw Bad(key.Line, "'include' is not supported; write the settings into this file");

        if (key.Kind is not (HoconTokenKind.Word or HoconTokenKind.Quoted))
            throw Unexpected(_open.Count == 0 ? "a setting" : "a setting or '}'");

        if (!(key.Kind == HoconTokenKind.Word ? IsDottedName(key.Text) : PlainName().IsMatch(key.Text)))
            throw Bad(key.Line, $"{key.Shown} is no name of a setting (letters, digits, '-' and '_', with dots between)");

        _at++;
        return key;
    }

    private void Value(string path, int line)
    {
        if (Now.Kind == HoconTokenKind.OpenBrace)
        {
            Object(path);
        }
        else if (Now.Kind == HoconTokenKind.OpenBracket)
        {
            List(path);
        }
        else if (Now.Kind is HoconTokenKind.Word or HoconTokenKind.Quoted)
        {
            while (Now.Kind is HoconTokenKind.Word or HoconTokenKind.Quoted)
                _at++;
        }
        else
        {
            throw Bad(line, $"{path} has no value; found {Now.Shown}");
        }
    }

    private void List(string path)
    {
        Enter();
        var count = 0;
        SkipNewLines();
        while (Now.Kind != HoconTokenKind.CloseBracket)
        {
            if (Now.Kind == HoconTokenKind.End)
                throw Unexpected("']'");

            _keys.Note($"{path}[{count}]", Now.Line);
            Value($"{path}[{count}]", Now.Line);
            count++;
            if (Now.Kind == HoconTokenKind.Comma)
                _at++;
            else if (Now.Kind is not (HoconTokenKind.NewLine or HoconTokenKind.CloseBracket))
                throw Unexpected($"a comma, a new line or ']' behind element {count} of {path}");

            SkipNewLines();
        }

        _lengths[path] = count;
        Leave();
    }

    private void Enter()
    {
        if (_open.Count == DepthMax)
            throw Bad(Now.Line, $"braces and brackets are nested deeper than {DepthMax}");

        _open.Push(Now);
        _at++;
    }

    private void Leave()
    {
        _open.Pop();
        _at++;
    }

    private void SkipNewLines()
    {
        while (Now.Kind == HoconTokenKind.NewLine)
            _at++;
    }

    private BadInputException Unexpected(string expected)
    {
        if (Now.Kind == HoconTokenKind.End && _open.TryPeek(out var open))
            return Bad(open.Line, $"'{open.Text}' is never closed");

        return Bad(Now.Line, $"expected {expected}, found {Now.Shown}");
    }

    private BadInputException Bad(int line, string what) => new($"{_origin}:{line}: {what}");

    // Neither endless nor endlessly deep: names are compared with all that are known, and dots are followed step by step.
    [GeneratedRegex(@"^[A-Za-z0-9_-]{1,64}(\.[A-Za-z0-9_-]{1,64}){0,15}\z")]
    private static partial Regex DottedName();

    [GeneratedRegex(@"^[A-Za-z0-9_-]{1,64}\z")]
    private static partial Regex PlainName();
}
