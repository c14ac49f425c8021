using System.Globalization;
using System.Security.Cryptography;
using System.Text.RegularExpressions;
using PipelineRobustness.Models;
using PipelineRobustness.Models.Text;
using PipelineRobustness.Models.Text.Corpora;
using PipelineRobustness.Models.Text.Corpora.Download;

namespace PipelineRobustness.Tests.Models;

/// <summary>Downloads of missing corpora: they resume, and incomplete files are never accepted.</summary>
public sealed class DownloadSpecs : IDisposable
{
    private static readonly byte[] Body = [.. Enumerable.Range(0, 500_000).Select(i => (byte)('a' + i * i % 26))];

    private static readonly string Digest = Convert.ToHexStringLower(SHA256.HashData(Body));

    private readonly CorpusFixture _place = new();
    private readonly List<string> _reported = [];

    public void Dispose() => _place.Dispose();

    [Fact]
    public void A_download_is_checked_against_the_published_digest()
    {
        using var server = new CannedServer(_ => Ok(Body));
        var folder = Find(server, Digest);
        Assert.Equal(Path.Combine(_place.Folder, "openwebtext"), folder);
        Assert.Equal([Path.Combine(folder, "a.txt")], Directory.GetFiles(folder));
        Assert.Equal(Body, File.ReadAllBytes(Path.Combine(folder, "a.txt")));
        Assert.Contains(_reported, line => line.Contains("as published", StringComparison.Ordinal));
        Find(server, Digest);
        Assert.Single(server.Requests);
    }

    [Fact]
    public void The_first_digest_is_recorded_and_required_if_none_is_published()
    {
        using var server = new CannedServer(_ => Ok(Body));
        var folder = Find(server, null);
        Assert.Equal($"{Digest}  a.txt\n", File.ReadAllText(Path.Combine(folder, "a.txt.sha256")));
        var request = new CorpusRequest { Name = CorpusNames.OpenWebText, Folder = _place.Folder };
        using (var corpus = new CorpusReader(CorpusEnvironment.Offline).Read(request, new ByteTokenizer()))
            Assert.Contains("unverified", Assert.Single(corpus.Notes), StringComparison.Ordinal);

        File.WriteAllText(Path.Combine(folder, "a.txt.sha256"), Digest.ToUpperInvariant());
        Assert.NotEmpty(CorpusFixture.Read(request).Train);
        File.AppendAllText(Path.Combine(folder, "a.txt"), "x");
        Assert.Contains($"expected SHA-256 {Digest.ToUpperInvariant()} as first downloaded", CorpusFixture.Refusal(request), StringComparison.Ordinal);
        Assert.NotEmpty(CorpusFixture.Read(request with { Path = folder }).Train);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void A_broken_download_resumes_if_the_server_supports_it(bool resumes)
    {
        using var server = new CannedServer(head => (Offset(head), resumes) switch
        {
            (0, _) when _reported.Count < 2 => CannedServer.Response($"HTTP/1.1 200 OK\nContent-Length: {Body.Length}", Body[..200_000]),
            (0, _) or (_, false) => Ok(Body),
            (var from, _) => Rest(from),
        });
        Assert.Contains("and it could not be downloaded: ", Refusal(server), StringComparison.Ordinal);
        Assert.Equal(200_000, new FileInfo(Part).Length);
        Assert.False(Directory.Exists(Path.Combine(_place.Folder, "openwebtext")));
        Assert.Equal(Body, File.ReadAllBytes(Path.Combine(Find(server, Digest), "a.txt")));
        Assert.Equal([0, 200_000], server.Requests.Select(Offset));
    }

    [Theory]
    [InlineData("\"1\"", "\"1\"", false, "-, 200000 if \"1\"")]
    [InlineData("\"1\"", "\"2\"", false, "-, 200000 if \"1\"")]
    [InlineData("\"1\"", "\"2\"", true, "-, 200000 if \"1\", -")]
    [InlineData("W/\"1\"", "W/\"1\"", false, "-, -")]
    [InlineData(null, null, false, "-, -")]
    public void An_unverified_download_resumes_only_with_the_same_version(
        string? before, string? now, bool ignoresIfRange, string requests)
    {
        var old = Body.Select(b => before == now ? b : (byte)'?').ToArray();
        var first = true;
        using var server = new CannedServer(head =>
        {
            if (first)
            {
                first = false;
                return CannedServer.Response($"HTTP/1.1 200 OK{Tag(before)}\nContent-Length: {Body.Length}", old[..200_000]);
            }

            // Some servers support Range but not If-Range.
            return Offset(head) is > 0 and var from && (ignoresIfRange || Condition(head) == now) ? Rest(from, now) : Ok(Body, now);
        });
        Assert.Throws<BadInputException>(() => Find(server, null));
        var folder = Find(server, null);
        Assert.Equal(Body, File.ReadAllBytes(Path.Combine(folder, "a.txt")));
        Assert.Equal(2, Directory.GetFiles(folder).Length);
        Assert.Equal(requests, string.Join(", ", server.Requests.Select(head => Offset(head) > 0 ? $"{Offset(head)} if {Condition(head)}" : "-")));
    }

    [Fact]
    public void A_partial_file_unknown_to_the_server_is_discarded()
    {
        using var server = new CannedServer(head => Offset(head) > 0
            ? CannedServer.Response("HTTP/1.1 416 Range Not Satisfiable\nContent-Length: 0", [])
            : Ok(Body));
        Directory.CreateDirectory(Path.GetDirectoryName(Part)!);
        File.WriteAllBytes(Part, new byte[600_000]);
        Assert.Equal(Body, File.ReadAllBytes(Path.Combine(Find(server, Digest), "a.txt")));
    }

    [Fact]
    public void A_download_with_a_wrong_digest_is_refused_and_deleted()
    {
        using var server = new CannedServer(_ => Ok([.. Body[..^1], 0]));
        Assert.Contains($"expected the published SHA-256 {Digest}, found ", Refusal(server), StringComparison.Ordinal);
        Assert.Empty(Directory.GetFiles(Path.GetDirectoryName(Part)!));
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void A_login_page_in_place_of_the_file_is_refused_and_deleted(bool isPublished)
    {
        using var server = new CannedServer(_ => Ok("<!DOCTYPE html><html>Sign in</html>"u8.ToArray()));
        var message = Assert.Throws<BadInputException>(() => Find(server, isPublished ? Digest : null)).Message;
        Assert.Contains("the server sent an HTML page", message, StringComparison.Ordinal);
        Assert.Empty(Directory.GetFiles(Path.GetDirectoryName(Part)!));
    }

    [Fact]
    public void An_error_response_is_reported()
    {
        using var server = new CannedServer(_ => CannedServer.Response("HTTP/1.1 404 Not Found\nContent-Length: 5", "sorry"u8.ToArray()));
        var message = Refusal(server);
        Assert.EndsWith("the server answers 404 Not Found", message, StringComparison.Ordinal);
        Assert.Contains($"put a.txt there, from http://127.0.0.1:{server.Port}/, or set data.folder or data.path", message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_missing_server_is_reported()
    {
        var server = new CannedServer(_ => []);
        server.Dispose();
        Assert.Contains("and it could not be downloaded: ", Refusal(server), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(CorpusNames.WikiText2)]
    [InlineData(CorpusNames.WikiText2Raw)]
    [InlineData(CorpusNames.ArxivAbstracts)]
    [InlineData(CorpusNames.OpenWebText)]
    public void Every_named_corpus_has_valid_addresses_and_recognizable_splits(string name)
    {
        var files = DownloadTable.Of(name);
        Assert.All(files, file => Assert.True(Uri.TryCreate(file.Url, UriKind.Absolute, out var url) && url.Scheme == "https"));
        Assert.Equal(files.Count > 1, files.Any(file => SplitNames.Of(file.Name) == Split.Train) && files.Any(file => SplitNames.Of(file.Name) == Split.Test));
    }

    private string Part => Path.Combine(_place.Folder, "openwebtext.download", "a.txt.part");

    private static byte[] Rest(int from, string? tag = null) => CannedServer.Response(
        $"HTTP/1.1 206 Partial Content{Tag(tag)}\n"
        + $"Content-Length: {Body.Length - from}\nContent-Range: bytes {from}-{Body.Length - 1}/{Body.Length}",
        Body[from..]);

    private static byte[] Ok(byte[] body, string? tag = null) =>
        CannedServer.Response($"HTTP/1.1 200 OK{Tag(tag)}\nContent-Length: {body.Length}", body);

    private static int Offset(string head) =>
        Regex.Match(head, "Range: bytes=([0-9]+)-") is { Success: true } match ? int.Parse(match.Groups[1].Value, CultureInfo.InvariantCulture) : 0;

    private static string Tag(string? tag) => tag is null ? "" : $"\nETag: {tag}";

    private static string? Condition(string head) => Regex.Match(head, "If-Range: (.+)") is { Success: true } match ? match.Groups[1].Value : null;

    private string Find(CannedServer server, string? digest)
    {
        var surroundings = new CorpusEnvironment
        {
            Network = () => new HttpClientHandler { UseProxy = false },
            Progress = new RecordingProgress(_reported),
        };
        DownloadFile[] files = [new("a.txt", $"http://127.0.0.1:{server.Port}/a.txt", digest)];
        return new CorpusFolder(surroundings).Find(CorpusNames.OpenWebText, _place.Folder, files);
    }

    private string Refusal(CannedServer server)
    {
        var message = Assert.Throws<BadInputException>(() => Find(server, Digest)).Message;
        Assert.DoesNotContain('\n', message);
        return message;
    }

    private sealed class RecordingProgress(List<string> lines) : IProgress<string>
    {
        public void Report(string value) => lines.Add(value);
    }
}
