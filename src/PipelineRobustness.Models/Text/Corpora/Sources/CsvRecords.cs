using System.Text;

namespace PipelineRobustness.Models.Text.Corpora.Sources;

/// <summary>
/// Splits text into the records that Python's csv, pandas and Hugging Face's datasets read: a field in quotes may hold
/// commas, line breaks and doubled quotes, text after its closing quote belongs to it, a quote elsewhere is a character,
/// and an empty line is no record. Nothing is trimmed and there are no comments. Hand-written because the .NET libraries
/// that read such files always have a comment character, trim, or accept a quote that is never closed.
/// </summary>
/// <param name="text">The text.</param>
/// <param name="path">The file's path, for messages.</param>
/// <param name="separator">What is between two fields.</param>
internal sealed class CsvRecords(TextReader text, string path, char separator = ',') : IDisposable
{
    private const int RecordCharactersMax = 64 << 20;
    private const char Quote = '"';
    private const int End = -1;

    private readonly List<string> _fields = [];
    private readonly StringBuilder _field = new();
    private int _characters;   // of the current record
    private long _breaks;   // line breaks before the next character
    private int _last;   // the last character read

    /// <summary>The fields of the record just read.</summary>
    public IReadOnlyList<string> Fields => _fields;

    /// <summary>The line on which the record just read begins, from 1.</summary>
    public long Line { get; private set; }

    /// <summary>Reads the next record; false at the end.</summary>
    /// <exception cref="BadInputException">A quote is not closed, or the record is too long.</exception>
    public bool Read()
    {
        _fields.Clear();
        _characters = 0;
        // Also skips the second half of the line break that ended the record before.
        var first = Next();
        while (first is '\n' or '\r')
            first = Next();
        if (first == End) return false;

        Line = _breaks + 1;
        while (ReadField(first) == separator)
            first = Next();
        return true;
    }

    /// <inheritdoc />
    public void Dispose() => text.Dispose();

    /// <summary>Reads a field that begins with a character; returns the character that ends it.</summary>
    private int ReadField(int first)
    {
        _field.Clear();
        var character = first == Quote ? ReadQuoted() : first;
        while (character != separator && character is not ('\n' or '\r' or End))
        {
            Append(character);
            character = Next();
        }
        _fields.Add(_field.ToString());
        return character;
    }

    /// <summary>Reads up to the closing quote; returns the character after it.</summary>
    private int ReadQuoted()
    {
        while (true)
        {
            var character = Next();
            if (character == Quote)
            {
                character = Next();
                if (character != Quote) return character;
            }
            if (character == End) throw Bad("a closing quote", "the file's end");
            Append(character);
        }
    }

    private void Append(int character)
    {
        if (++_characters > RecordCharactersMax)
            throw Bad($"a record of at most {RecordCharactersMax} characters", "more, as after a quote that is not closed");
        _field.Append((char)character);
    }

    private int Next()
    {
        var character = text.Read();
        if (character == '\r' || (character == '\n' && _last != '\r'))
            _breaks++;
        return _last = character;
    }

    private BadInputException Bad(string expected, string found) => new($"{path}: line {Line}: expected {expected}, found {found}");
}
