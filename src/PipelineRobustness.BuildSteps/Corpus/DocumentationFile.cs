using System.Text;
using System.Xml.Linq;

namespace PipelineRobustness.BuildSteps.Corpus;

/// <summary>The documentation of a type and its members: rough paragraphs, in the file's order.</summary>
public sealed record DocumentedType(string Name, IReadOnlyList<string> Paragraphs);

/// <summary>Reads the XML documentation files that compilers write next to an assembly.</summary>
public static class DocumentationFile
{
    /// <summary>
    /// Marks text in a paragraph that is not prose (code, formulas, unknown markup); <see cref="Prose"/> drops a
    /// sentence that contains it.
    /// </summary>
    public const char NonProse = '\uFFFD';

    /// <summary>The types of a documentation file, ordered by their first members.</summary>
    public static IReadOnlyList<DocumentedType> Types(XDocument file)
    {
        var types = new Dictionary<string, List<string>>(StringComparer.Ordinal);
        var inOrder = new List<string>();
        foreach (var member in file.Descendants("member"))
        {
            var name = TypeOf(member.Attribute("name")?.Value ?? "");
            if (!types.TryGetValue(name, out var paragraphs))
            {
                types[name] = paragraphs = [];
                inOrder.Add(name);
            }
            foreach (var section in member.Elements())
                paragraphs.AddRange(Paragraphs(section));
        }
        return inOrder.ConvertAll(name => new DocumentedType(name, types[name]));
    }

    /// <summary><c>M:Some.Place.Name(System.Int32)</c> belongs to <c>Some.Place</c>, <c>T:Some.Place</c> to itself.</summary>
    private static string TypeOf(string member)
    {
        var parameters = member.IndexOf('(', StringComparison.Ordinal);
        var path = parameters < 0 ? member : member[..parameters];
        var end = path.StartsWith("T:", StringComparison.Ordinal) ? path.Length : path.LastIndexOf('.');
        return path[Math.Min(2, path.Length)..Math.Max(end, Math.Min(2, path.Length))];
    }

    private static string[] Paragraphs(XElement section)
    {
        var text = new StringBuilder();
        Append(text, section);
        return text.ToString().Split("\n\n", StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries);
    }

    /// <summary>Converts markup to text: references to words, blocks to paragraphs, other elements to <see cref="NonProse"/>.</summary>
    private static void Append(StringBuilder text, XElement element)
    {
        foreach (var node in element.Nodes())
        {
            if (node is XText { Value: var value })
                text.Append(value.Replace("\r\n", "\n", StringComparison.Ordinal));
            else if (node is XElement child)
                AppendElement(text, child);
        }
    }

    private static void AppendElement(StringBuilder text, XElement child)
    {
        switch (child.Name.LocalName)
        {
            case "see" or "seealso" or "paramref" or "typeparamref":
                text.Append(child.IsEmpty || child.Value.Length == 0 ? Reference(child) : child.Value);
                break;
            case "b" or "i" or "em" or "strong" or "u" or "a" or "c" or "tt":
                Append(text, child);
                break;
            case "code" or "example" or "table" or "pre" or "inheritdoc":
                text.Append("\n\n");
                break;
            case "para" or "p" or "list" or "item" or "description" or "br" or "ul" or "ol" or "li" or "term" or "note":
                text.Append("\n\n");
                Append(text, child);
                text.Append("\n\n");
                break;
            default:
                text.Append(NonProse);
                break;
        }
    }

    /// <summary>The last name in a reference: <c>T:Akka.Actor.IActorRef</c> gives <c>IActorRef</c>.</summary>
    private static string Reference(XElement reference)
    {
        var target = reference.Attribute("langword")?.Value ?? reference.Attribute("name")?.Value ?? reference.Attribute("cref")?.Value;
        if (target is null) return NonProse.ToString();
        var end = target.IndexOfAny(['(', '`', '{', '~']);
        var path = end < 0 ? target : target[..end];
        return path[(path.LastIndexOfAny(['.', ':']) + 1)..];
    }
}
