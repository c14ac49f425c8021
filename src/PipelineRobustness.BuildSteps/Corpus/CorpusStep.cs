using System.Text;
using System.Xml;
using System.Xml.Linq;

namespace PipelineRobustness.BuildSteps.Corpus;

/// <summary>The build step: documentation files of packages in, one text file of English prose out.</summary>
public static class CorpusStep
{
    /// <summary>
    /// Writes the prose of <paramref name="files"/>, each named as <c>Package/version/path</c> in the NuGet cache at
    /// <paramref name="cache"/>, to <paramref name="to"/>: UTF-8, line feeds.
    /// </summary>
    /// <returns>An exit code: 0, or 1 where a file is absent or not well-formed, said in one line.</returns>
    public static int Run(string to, string cache, IEnumerable<string> files, TextWriter log)
    {
        try
        {
            var text = CorpusText.Of(files.SelectMany(file => Read(Path.Combine(cache, InCache(file)))));
            OutputFile.Write(to, Encoding.UTF8.GetBytes(text));
            log.WriteLine($"{to}: {text.Length} characters");
            return 0;
        }
        catch (Exception problem) when (problem is IOException or UnauthorizedAccessException or XmlException)
        {
            log.WriteLine($"error: the corpus cannot be made (dotnet restore brings its packages): {problem.Message}");
            return 1;
        }
    }

    /// <summary>In the NuGet cache a package's folder is in lower case, and so is its version; the path within is as shipped.</summary>
    private static string InCache(string file)
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
