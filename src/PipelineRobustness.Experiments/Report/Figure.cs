using System.Reflection;
using PipelineRobustness.Experiments.Settings;

namespace PipelineRobustness.Experiments.Report;

/// <summary>
/// An SVG drawing. Its text uses the reader's fonts, so that none is needed where it is made and its bytes are the same on every
/// machine. It follows light and dark mode, and is printable.
/// </summary>
internal sealed class Figure
{
    private const int NameMax = 28;
    private readonly Markup _body = new();
    private readonly double _width;
    private readonly double _height;
    private readonly string _title;

    /// <summary>Begins a figure of this size, in pixels.</summary>
    public Figure(double width, double height, string title)
    {
        _width = width;
        _height = height;
        _title = title;
        Text(16, 22, title, "title");
    }

    /// <summary>A straight line.</summary>
    public void Line(double x1, double y1, double x2, double y2, string style) =>
        _body.Empty("line", ("class", style), ("x1", x1), ("y1", y1), ("x2", x2), ("y2", y2));

    /// <summary>A curve through points, interrupted where a point is missing.</summary>
    public void Curve(IEnumerable<(double X, double Y)?> points, string style, string color, string dashes)
    {
        var path = new System.Text.StringBuilder();
        var down = false;
        foreach (var point in points)
        {
            if (point is { } at)
                path.Append(down ? 'L' : 'M').Append(Markup.Number(at.X)).Append(' ').Append(Markup.Number(at.Y));

            down = point is not null;
        }

        _body.Empty("path", ("class", style), ("stroke", color), ("stroke-dasharray", dashes), ("d", path));
    }

    /// <summary>A filled rectangle.</summary>
    public void Bar(double x, double y, double width, double height, string color) =>
        _body.Empty("rect", ("x", x), ("y", y), ("width", Math.Max(width, 1)), ("height", height), ("rx", 2.0), ("fill", color));

    /// <summary>A rectangle's outline.</summary>
    public void Frame(double x, double y, double width, double height, string style) =>
        _body.Empty("rect", ("class", style), ("x", x), ("y", y), ("width", width), ("height", height), ("rx", 3.0));

    /// <summary>A line of text.</summary>
    public void Text(double x, double y, string text, string style) => _body.Element("text", text, ("class", style), ("x", x), ("y", y));

    /// <summary>A run's name; a long one is shortened in the middle.</summary>
    public void Name(double x, double y, string name, string style) => Text(x, y, OneLine.Shortened(name, NameMax), style);

    /// <summary>The whole as an SVG document, usable inside a page and on its own.</summary>
    public override string ToString()
    {
        var inner = new Markup().Element("title", _title).Raw($"<style>{Style}</style>\n").Raw(_body.ToString());
        return new Markup().Element(
            "svg", inner, ("xmlns", "http://www.w3.org/2000/svg"), ("class", "figure"), ("role", "img"),
            ("viewBox", $"0 0 {Markup.Number(_width)} {Markup.Number(_height)}")).ToString();
    }

    private static string Style { get; } = Resource("figure.css");

    /// <summary>A text embedded in the library.</summary>
    internal static string Resource(string name)
    {
        using var stream = Assembly.GetExecutingAssembly().GetManifestResourceStream(name)
            ?? throw new InvalidOperationException($"the library was built without its resource {name}");
        using var reader = new StreamReader(stream);
        return reader.ReadToEnd();
    }
}
