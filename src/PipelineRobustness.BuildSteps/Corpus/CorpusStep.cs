using System.Text;
using System.Xml;
using System.Xml.Linq;

namespace PipelineRobustness.BuildSteps.Corpus;

/// <summary>Build step that turns packages' documentation files into one text file of English prose.</summary>
public static class CorpusStep
{
    /// <summary>
    /// Extracts the prose of <paramref name="files"/>, each named as <c>Package/version/path</c> in the NuGet cache at
    /// <paramref name="cache"/>, and writes it to <paramref name="to"/> as UTF-8 with line feeds.
    /// </summary>
    /// <returns>An exit code: 0, or 1 with a one-line message if a file is absent or malformed.</returns>
    public static int Run(string to, string cache, IEnumerable<string> files, TextWriter log)
    {
        try
        {
            var text = CorpusText.Of(files.SelectMany(file => Read(Path.Combine(cache, CachePath(file)))));
            OutputFile.Write(to, Encoding.UTF8.GetBytes(text));
            log.WriteLine($"{to}: {text.Length} characters");
            return 0;
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException or XmlException)
        {
            log.WriteLine($"error: cannot create the corpus (dotnet restore downloads its packages): {error.Message}");
            return 1;
        }
    }

    /// <summary>The NuGet cache has package names and versions in lower case; the path within a package keeps its case.</summary>
    private static string CachePath(string file)
    {
        var within = file.IndexOf('/', file.IndexOf('/', StringComparison.Ordinal) + 1);
        return file[..within].ToLowerInvariant() + file[within..];
    }

    private static IReadOnlyList<DocumentedType> Read(string file)
    {
        using var reader = XmlReader.Create(file, new XmlReaderSettings { DtdProcessing = DtdProcessing.Prohibit });
        return DocumentationFile.Types(XDocument.Load(reader, LoadOptions.PreserveWhitespace));
    }
}
