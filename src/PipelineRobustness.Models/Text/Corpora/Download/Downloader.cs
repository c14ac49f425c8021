using System.Net;
using System.Net.Http.Headers;
using PipelineRobustness.Models.Text.Corpora.Sources;

namespace PipelineRobustness.Models.Text.Corpora.Download;

/// <summary>
/// Downloads files: what has come stays in NAME.part, whatever happens, and the next attempt goes on from there if the server
/// still has the same version, or a published digest will tell. A file whose digest is not published gets a NAME.sha256 beside
/// it with what came first.
/// </summary>
/// <param name="network">Makes what it speaks through.</param>
/// <param name="progress">Gets a line every few seconds.</param>
/// <param name="clock">Tells the time.</param>
internal sealed class Downloader(Func<HttpMessageHandler> network, IProgress<string> progress, TimeProvider clock)
{
    private const int BufferBytes = 1 << 17;

    // Nothing at all has come for so long.
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    /// <summary>Downloads one file into a folder; nothing happens where it is there.</summary>
    /// <exception cref="DownloadException">It did not come, not whole, or not as published.</exception>
    public async Task FetchAsync(DownloadFile file, string folder)
    {
        var target = Path.Combine(folder, file.Name);
        if (File.Exists(target)) return;

        try
        {
            Directory.CreateDirectory(folder);
            var part = new PartFile(target);
            progress.Report($"downloading {file.Name} from {file.Url} (untried address)");
            using var client = new HttpClient(network()) { Timeout = Timeout.InfiniteTimeSpan };
            client.DefaultRequestHeaders.UserAgent.Add(new ProductInfoHeaderValue("pipeline-robustness", "1"));
            if (!await TryTransferAsync(client, file, part).ConfigureAwait(false))
            {
                // What was there does not go with what the server has.
                part.Delete();
                if (!await TryTransferAsync(client, file, part).ConfigureAwait(false))
                    throw new DownloadException("the server refuses to begin at the beginning");
            }

            await AcceptAsync(file, part, target).ConfigureAwait(false);
        }
        catch (Exception e) when (e is HttpRequestException or IOException or UnauthorizedAccessException)
        {
            throw new DownloadException(e.Message, e);
        }
        catch (OperationCanceledException e)
        {
            throw new DownloadException($"nothing came for {Patience.TotalSeconds} s", e);
        }
    }

    private async Task<bool> TryTransferAsync(HttpClient client, DownloadFile file, PartFile part)
    {
        var content = new FileStream(part.Path, FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None, 0);
        await using (content.ConfigureAwait(false))
        {
            var version = part.Version;
            // Without a version or a digest nobody would notice that two versions were put together.
            if (version is null && file.Sha256 is null)
                content.SetLength(0);
            var offset = content.Length;
            using var request = new HttpRequestMessage(HttpMethod.Get, file.Url);
            if (offset > 0)
            {
                request.Headers.Range = new RangeHeaderValue(offset, null);
                request.Headers.IfRange = version is null ? null : new RangeConditionHeaderValue(version);
            }

            using var patience = new Patient(clock);
            using var response = await client.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, patience.Again()).ConfigureAwait(false);
            var range = response.Content.Headers.ContentRange;
            if (offset > 0 && (response.StatusCode == HttpStatusCode.RequestedRangeNotSatisfiable
                || (response.StatusCode == HttpStatusCode.PartialContent && (range?.From != offset || IsOther(version, response.Headers.ETag)))))
                return false;

            if (response.StatusCode is not (HttpStatusCode.OK or HttpStatusCode.PartialContent))
                throw new DownloadException($"the server answers {(int)response.StatusCode} {response.ReasonPhrase}");

            if (response.StatusCode == HttpStatusCode.OK)
            {
                content.SetLength(offset = 0);
                part.Version = response.Headers.ETag;
            }

            var total = response.StatusCode == HttpStatusCode.OK ? response.Content.Headers.ContentLength : range?.Length;
            content.Position = offset;
            var body = await response.Content.ReadAsStreamAsync(patience.Again()).ConfigureAwait(false);
            await CopyAsync(body, content, file.Name, total, patience).ConfigureAwait(false);
            if (total is { } expected && content.Length != expected)
                throw new DownloadException($"the connection ended after {content.Length} of {expected} bytes");

            content.Flush(flushToDisk: true);
            return true;
        }
    }

    private async Task CopyAsync(Stream body, FileStream content, string name, long? total, Patient patience)
    {
        var ticker = new ThrottledProgress(progress, clock);
        var all = total is { } bytes ? FormattableString.Invariant($" of {bytes / 1e6:0.0}") : "";
        var buffer = new byte[BufferBytes];
        while (await body.ReadAsync(buffer, patience.Again()).ConfigureAwait(false) is > 0 and var read)
        {
            // Without a buffer of its own: what has come is there, even if the process is killed.
            await content.WriteAsync(buffer.AsMemory(0, read), CancellationToken.None).ConfigureAwait(false);
            ticker.Tick(() => FormattableString.Invariant($"downloading {name}: {content.Length / 1e6:0.0}{all} MB"));
        }
    }

    private async Task AcceptAsync(DownloadFile file, PartFile part, string target)
    {
        var digest = SourceFile.At(part.Path).Sha256();
        if (file.Sha256 is { } published && digest != published)
        {
            part.Delete();
            throw new DownloadException($"expected the published SHA-256 {published}, found {digest}");
        }

        if (file.Sha256 is null)
            await File.WriteAllTextAsync(DigestRecord.PathOf(target), $"{digest}  {file.Name}\n", CancellationToken.None).ConfigureAwait(false);
        part.BecomeWhole();
        progress.Report($"downloaded {file.Name}, SHA-256 {digest} ({(file.Sha256 is null ? "none is published: unverified" : "as published")})");
    }

    // Some servers heed Range and not If-Range.
    private static bool IsOther(EntityTagHeaderValue? version, EntityTagHeaderValue? found) =>
        version is not null && found is not null && !version.Equals(found);

    /// <summary>Cancels what it was asked for when nothing comes for long.</summary>
    private sealed class Patient(TimeProvider clock) : IDisposable
    {
        private CancellationTokenSource? _late;

        public CancellationToken Again()
        {
            Dispose();
            _late = new CancellationTokenSource(Patience, clock);
            return _late.Token;
        }

        public void Dispose() => _late?.Dispose();
    }
}
