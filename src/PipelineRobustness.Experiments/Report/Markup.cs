using System.Globalization;
using System.Net;
using System.Text;

namespace PipelineRobustness.Experiments.Report;

/// <summary>Builds HTML and SVG. Text is escaped, and numbers have the same format in every culture.</summary>
internal sealed class Markup
{
    private readonly StringBuilder _text = new();

    /// <summary>An element with escaped text in it.</summary>
    public Markup Element(string tag, string text, params ReadOnlySpan<(string Name, object Value)> attributes)
    {
        Open(tag, attributes);
        _text.Append(Escaped(text));
        return Close(tag);
    }

    /// <summary>An element with other markup in it.</summary>
    public Markup Element(string tag, Markup inner, params ReadOnlySpan<(string Name, object Value)> attributes)
    {
        Open(tag, attributes);
        _text.Append(inner._text);
        return Close(tag);
    }

    /// <summary>An element without content.</summary>
    public Markup Empty(string tag, params ReadOnlySpan<(string Name, object Value)> attributes)
    {
        Open(tag, attributes);
        _text.Insert(_text.Length - 1, '/');
        _text.Append('\n');
        return this;
    }

    /// <summary>Escaped text.</summary>
    public Markup Text(string text)
    {
        _text.Append(Escaped(text));
        return this;
    }

    /// <summary>Other markup, or a style sheet of ours, unescaped.</summary>
    public Markup Raw(string markup)
    {
        _text.Append(markup);
        return this;
    }

    /// <inheritdoc/>
    public override string ToString() => _text.ToString();

    /// <summary>A number in an attribute, with a decimal point and at most two decimals.</summary>
    public static string Number(double number) => number.ToString("0.##", CultureInfo.InvariantCulture);

    private void Open(string tag, ReadOnlySpan<(string Name, object Value)> attributes)
    {
        _text.Append('<').Append(tag);
        foreach (var (name, value) in attributes)
        {
            var text = value is double number ? Number(number) : Convert.ToString(value, CultureInfo.InvariantCulture);
            _text.Append(' ').Append(name).Append("=\"").Append(Escaped(text ?? "")).Append('"');
        }

        _text.Append('>');
    }

    private Markup Close(string tag)
    {
        _text.Append("</").Append(tag).Append(">\n");
        return this;
    }

    private static string Escaped(string text) => WebUtility.HtmlEncode(text);
}
