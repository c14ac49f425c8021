using System.Text;
using PipelineRobustness.Models;
using PipelineRobustness.Models.Text;
using PipelineRobustness.Models.Text.Corpora;

namespace PipelineRobustness.Tests.Models;

/// <summary>A temporary folder with corpus files and a cache.</summary>
public sealed class CorpusFixture : IDisposable
{
    private readonly string _root = Directory.CreateTempSubdirectory("corpora").FullName;

    public string Cache => Path.Combine(_root, "cache");

    public string Folder => Path.Combine(_root, "data");

    internal CorpusEnvironment Cached => new() { CacheFolder = Cache };

    public string Write(string name, string text) => Write(name, Encoding.UTF8.GetBytes(text));

    public string Write(string name, byte[] bytes)
    {
        var path = Path.Combine(Folder, name);
        Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        File.WriteAllBytes(path, bytes);
        return path;
    }

    /// <summary>Both parts of a byte corpus as text, with 256, the end of text, shown as |.</summary>
    internal static (string Train, string Validation) Read(CorpusRequest request)
    {
        using var corpus = new CorpusReader(CorpusEnvironment.Offline).Read(request, new ByteTokenizer());
        return (Shown(corpus.Train), Shown(corpus.Validation));
    }

    internal (string Train, string Validation) ReadFolder() => Read(new CorpusRequest { Path = Folder, ValidationShare = 0.2 });

    /// <summary>The whole content of a file.</summary>
    internal static string ReadWhole(string path, string? field = null, bool detokenise = false)
    {
        var (train, validation) = Read(new CorpusRequest { Path = path, Field = field, ValidationShare = 0.5, Detokenise = detokenise });
        return train + validation;
    }

    internal static string Refusal(CorpusRequest request)
    {
        var message = Assert.Throws<BadInputException>(() => Read(request)).Message;
        Assert.DoesNotContain('\n', message);
        return message;
    }

    internal static string Shown(TokenSequence tokens) =>
        Encoding.UTF8.GetString([.. tokens.ToArray().Select(id => id == ByteTokenizer.EndOfText ? (byte)'|' : (byte)id)]);

    public void Dispose() => Directory.Delete(_root, recursive: true);
}
