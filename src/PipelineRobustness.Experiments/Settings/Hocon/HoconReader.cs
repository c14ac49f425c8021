using System.Text;
using System.Text.RegularExpressions;
using PipelineRobustness.Models;

namespace PipelineRobustness.Experiments.Settings.Hocon;

/// <summary>
/// Reads the part of HOCON that experiment files need, in one pass. It is written by hand, because Akka's reader is silent about
/// what matters (a lost brace, two settings on one line, two list elements without a comma are all "read", with settings lost
/// or moved) and knows no lines. The grammar:
/// <code>
/// file    = members | '{' members '}'
/// members = { key ( object | ('=' | ':') value ) ( newline | ',' ) }
/// value   = object | list | scalar { scalar }      (on one line)
/// list    = '[' { value ( newline | ',' ) } ']'
/// </code>
/// A scalar or a list is written once; sections of the same name are merged.
/// </summary>
internal sealed partial class HoconReader
{
    private const int DepthMax = 16;
    private readonly string _source;
    private readonly string _text;
    private readonly IReadOnlyList<HoconToken> _tokens;
    private readonly WrittenKeys _keys;
    private readonly Stack<HoconToken> _open = [];
    private int _at;

    private HoconReader(string source, string text)
    {
        _source = source;
        _text = text;
        _tokens = HoconScanner.Scan(source, text);
        _keys = new WrittenKeys(source);
    }

    /// <summary>The settings in <paramref name="text"/>.</summary>
    /// <param name="source">The file's name, for messages and origins.</param>
    /// <param name="text">HOCON.</param>
    /// <param name="lines">Whether lines mean something to the user (not so on the command line).</param>
    /// <exception cref="BadInputException">The text is cut short, unbalanced or ambiguous; the message names source and line.</exception>
    public static SettingSection Read(string source, string text, bool lines = true)
    {
        var reader = new HoconReader(source, text);
        var file = reader.File();
        return (SettingSection)new Origins(source, reader._keys.Lines, lines).Node(file, "");
    }

    /// <summary>Whether a text can be the name of a setting: up to 16 names with dots between, of up to 64 characters each.</summary>
    public static bool IsDottedName(string text) => DottedName().IsMatch(text);

    private HoconToken Now => _tokens[_at];

    private OpenSection File()
    {
        var file = new OpenSection();
        SkipNewLines();
        if (Now.Kind == HoconTokenKind.OpenBrace)
        {
            Object(file, "");
            SkipNewLines();
        }
        else
        {
            Members(file, "", HoconTokenKind.End);
        }

        return Now.Kind == HoconTokenKind.End ? file : throw Unexpected("the end of the file");
    }

    private void Object(OpenSection section, string path)
    {
        Enter();
        Members(section, path, HoconTokenKind.CloseBrace);
        Leave();
    }

    private void Members(OpenSection section, string path, HoconTokenKind end)
    {
        SkipNewLines();
        while (Now.Kind != end)
        {
            Member(section, path);
            if (Now.Kind == HoconTokenKind.Comma) _at++;
            else if (Now.Kind != HoconTokenKind.NewLine && Now.Kind != end) throw Unexpected("a new line or a comma");
            SkipNewLines();
        }
    }

    private void Member(OpenSection section, string parent)
    {
        var key = Key();
        var path = parent.Length == 0 ? key.Text : $"{parent}.{key.Text}";
        if (Now.Kind == HoconTokenKind.Assign) _at++;
        else if (Now.Kind != HoconTokenKind.OpenBrace) throw Bad(key.Line, $"{path}: expected '=' or '{{', found {Now.Shown}");

        if (Now.Kind == HoconTokenKind.OpenBrace)
        {
            _keys.Note(path, key.Line);
            Object(section.Below(key.Text.Split('.')), path);
            return;
        }

        _keys.Claim(path, key.Line);
        var names = key.Text.Split('.');
        section.Below(names.AsSpan(..^1))[names[^1]] = Value(path, key.Line);
    }

    private HoconToken Key()
    {
        var key = Now;
        if (key is { Kind: HoconTokenKind.Word, Text: "include" } && _tokens[_at + 1].IsScalar)
            throw Bad(key.Line, "expected a setting, found 'include', which is not supported (write the settings into this file)");
        if (!key.IsScalar) throw Unexpected(_open.Count == 0 ? "a setting" : "a setting or '}'");
        if (!(key.Kind == HoconTokenKind.Word ? IsDottedName(key.Text) : PlainName().IsMatch(key.Text)))
            throw Bad(key.Line, $"expected the name of a setting (letters, digits, '-' and '_', with dots between), found {key.Shown}");
        _at++;
        return key;
    }

    private object Value(string path, int line) => Now switch
    {
        { Kind: HoconTokenKind.OpenBrace } => Element(path),
        { Kind: HoconTokenKind.OpenBracket } => List(path),
        { IsScalar: true } => Scalar(),
        _ => throw Bad(line, $"{path}: expected a value, found {Now.Shown}"),
    };

    private OpenSection Element(string path)
    {
        var section = new OpenSection();
        Object(section, path);
        return section;
    }

    /// <summary>Words and quoted texts of one line, with the blanks between them; null means nothing, as in HOCON.</summary>
    private string Scalar()
    {
        var text = new StringBuilder();
        for (var end = Now.Start; Now.IsScalar; _at++)
        {
            text.Append(_text.AsSpan(end..Now.Start)).Append(Now.Text);
            end = Now.End;
        }

        return text.ToString().Trim() is var value && value == "null" ? "" : value;
    }

    private List<object> List(string path)
    {
        Enter();
        var items = new List<object>();
        SkipNewLines();
        while (Now.Kind != HoconTokenKind.CloseBracket)
        {
            if (Now.Kind == HoconTokenKind.End) throw Unexpected("']'");
            var item = $"{path}[{items.Count}]";
            _keys.Note(item, Now.Line);
            items.Add(Value(item, Now.Line));
            if (Now.Kind == HoconTokenKind.Comma) _at++;
            else if (Now.Kind is not (HoconTokenKind.NewLine or HoconTokenKind.CloseBracket))
                throw Unexpected($"a comma, a new line or ']' after element {items.Count} of {path}");
            SkipNewLines();
        }

        Leave();
        return items;
    }

    private void Enter()
    {
        if (_open.Count == DepthMax) throw Bad(Now.Line, $"expected at most {DepthMax} nested braces and brackets, found more");
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
        while (Now.Kind == HoconTokenKind.NewLine) _at++;
    }

    private BadInputException Unexpected(string expected) => Now.Kind == HoconTokenKind.End && _open.TryPeek(out var open)
        ? Bad(open.Line, $"'{open.Text}': expected its closing '{(open.Kind == HoconTokenKind.OpenBrace ? '}' : ']')}', found none")
        : Bad(Now.Line, $"expected {expected}, found {Now.Shown}");

    private BadInputException Bad(int line, string what) => new($"{_source}:{line}: {what}");

    // Neither endless nor endlessly deep: names are compared with all known ones, and dots are followed step by step.
    [GeneratedRegex(@"^[A-Za-z0-9_-]{1,64}(\.[A-Za-z0-9_-]{1,64}){0,15}\z")]
    private static partial Regex DottedName();

    [GeneratedRegex(@"^[A-Za-z0-9_-]{1,64}\z")]
    private static partial Regex PlainName();

    /// <summary>A section that is being read. Its members are texts, sections, and lists of such, in the order first written.</summary>
    private sealed class OpenSection : OrderedDictionary<string, object>
    {
        public OpenSection Below(ReadOnlySpan<string> names)
        {
            var section = this;
            foreach (var name in names)
            {
                if (!section.TryGetValue(name, out var below)) section[name] = below = new OpenSection();
                section = (OpenSection)below;
            }

            return section;
        }
    }

    /// <summary>Gives every value its origin, once all lines are known: a section may be opened after it has members.</summary>
    private sealed class Origins(string source, IReadOnlyDictionary<string, int> lines, bool haveLines)
    {
        private readonly Dictionary<string, int> _places = lines.Keys.Index().ToDictionary(key => key.Item, key => key.Index);

        public SettingNode Node(object read, string path) => read switch
        {
            OpenSection section => new SettingSection(
                [.. section.Select(m => KeyValuePair.Create(m.Key, Node(m.Value, path.Length == 0 ? m.Key : $"{path}.{m.Key}")))], At(path)),
            List<object> list => new SettingList([.. list.Select((item, i) => Node(item, $"{path}[{i}]"))], At(path)),
            _ => new SettingText((string)read, At(path)),
        };

        private Origin At(string path) => lines.TryGetValue(path, out var line)
            ? new Origin(source, haveLines ? line : null) { Place = _places[path] }
            : new Origin(source);
    }
}
