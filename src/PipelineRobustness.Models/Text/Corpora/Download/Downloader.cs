using System.Net;
using System.Net.Http.Headers;
using PipelineRobustness.Models.Text.Corpora.Sources;

namespace PipelineRobustness.Models.Text.Corpora.Download;

/// <summary>
/// Downloads files. Received bytes stay in NAME.part, and the next attempt resumes if the server still has the same
/// version or a published digest can verify the result. Without a published digest, NAME.sha256 records the first
/// download's. Hand-written because HttpClient does not resume.
/// </summary>
/// <param name="network">Creates the HTTP handler.</param>
/// <param name="progress">Receives a line every few seconds.</param>
/// <param name="clock">The clock.</param>
internal sealed class Downloader(Func<HttpMessageHandler> network, IProgress<string> progress, TimeProvider clock)
{
    private const int BufferBytes = 1 << 17;

    // The longest time without any data.
    private static readonly TimeSpan IdleLimit = TimeSpan.FromSeconds(60);

    /// <summary>Downloads a file into a folder, unless it exists.</summary>
    /// <exception cref="DownloadException">The download failed, is incomplete, or does not match the published digest.</exception>
    public async Task FetchAsync(DownloadFile file, string folder)
    {
        var target = Path.Combine(folder, file.Name);
        if (File.Exists(target)) return;

        try
        {
            Directory.CreateDirectory(folder);
            var part = new PartFile(target);
            progress.Report($"downloading {file.Name} from {file.Url} (untested address)");
            using var client = new HttpClient(network()) { Timeout = Timeout.InfiniteTimeSpan };
            client.DefaultRequestHeaders.UserAgent.Add(new ProductInfoHeaderValue("pipeline-robustness", "1"));
            if (!await TryTransferAsync(client, file, part).ConfigureAwait(false))
            {
                // The partial file does not match the server's version.
                part.Delete();
                if (!await TryTransferAsync(client, file, part).ConfigureAwait(false))
                    throw new DownloadException("the server rejects a download from the start");
            }

            await AcceptAsync(file, part, target).ConfigureAwait(false);
        }
        catch (Exception e) when (e is HttpRequestException or IOException or UnauthorizedAccessException)
        {
            throw new DownloadException(e.Message, e);
        }
        catch (OperationCanceledException e)
        {
            throw new DownloadException($"no data for {IdleLimit.TotalSeconds} s", e);
        }
    }

    private async Task<bool> TryTransferAsync(HttpClient client, DownloadFile file, PartFile part)
    {
        var content = new FileStream(part.Path, FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None, 0);
        await using (content.ConfigureAwait(false))
        {
            var version = part.Version;
            // Without a version or a digest, a mix of two versions would go unnoticed.
            if (version is null && file.Sha256 is null)
                content.SetLength(0);
            var offset = content.Length;
            using var request = new HttpRequestMessage(HttpMethod.Get, file.Url);
            if (offset > 0)
            {
                request.Headers.Range = new RangeHeaderValue(offset, null);
                request.Headers.IfRange = version is null ? null : new RangeConditionHeaderValue(version);
            }

            using var idle = new IdleTimeout(clock);
            using var response = await client.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, idle.Restart()).ConfigureAwait(false);
            var range = response.Content.Headers.ContentRange;
            if (offset > 0 && (response.StatusCode == HttpStatusCode.RequestedRangeNotSatisfiable
                || (response.StatusCode == HttpStatusCode.PartialContent && (range?.From != offset || Differs(version, response.Headers.ETag)))))
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
            var body = await response.Content.ReadAsStreamAsync(idle.Restart()).ConfigureAwait(false);
            await CopyAsync(body, content, file.Name, total, idle).ConfigureAwait(false);
            if (total is { } expected && content.Length != expected)
                throw new DownloadException($"the connection ended after {content.Length} of {expected} bytes");

            content.Flush(flushToDisk: true);
            return true;
        }
    }

    private async Task CopyAsync(Stream body, FileStream content, string name, long? total, IdleTimeout idle)
    {
        var ticker = new ThrottledProgress(progress, clock);
        var all = total is { } bytes ? FormattableString.Invariant($" of {bytes / 1e6:0.0}") : "";
        var buffer = new byte[BufferBytes];
        while (await body.ReadAsync(buffer, idle.Restart()).ConfigureAwait(false) is > 0 and var read)
        {
            // The stream is unbuffered, so that received data survives if the process is killed.
            await content.WriteAsync(buffer.AsMemory(0, read), CancellationToken.None).ConfigureAwait(false);
            ticker.Tick(() => FormattableString.Invariant($"downloading {name}: {content.Length / 1e6:0.0}{all} MB"));
        }
    }

    private async Task AcceptAsync(DownloadFile file, PartFile part, string target)
    {
        var received = SourceFile.At(target) with { Opener = () => File.OpenRead(part.Path) };
        if (received.Foreign() is { } found)
        {
            part.Delete();
            throw new DownloadException($"the server sent {found}");
        }

        var digest = received.Sha256();
        if (file.Sha256 is { } published && digest != published)
        {
            part.Delete();
            throw new DownloadException($"expected the published SHA-256 {published}, found {digest}");
        }

        if (file.Sha256 is null)
            await File.WriteAllTextAsync(DigestRecord.PathOf(target), $"{digest}  {file.Name}\n", CancellationToken.None).ConfigureAwait(false);
        part.Complete();
        progress.Report($"downloaded {file.Name}, SHA-256 {digest} ({(file.Sha256 is null ? "unverified, since none is published" : "as published")})");
    }

    // Some servers support Range but not If-Range.
    private static bool Differs(EntityTagHeaderValue? version, EntityTagHeaderValue? found) =>
        version is not null && found is not null && !version.Equals(found);

    /// <summary>Cancels an operation when no data arrives for a long time.</summary>
    private sealed class IdleTimeout(TimeProvider clock) : IDisposable
    {
        private CancellationTokenSource? _source;

        public CancellationToken Restart()
        {
            Dispose();
            _source = new CancellationTokenSource(IdleLimit, clock);
            return _source.Token;
        }

        public void Dispose() => _source?.Dispose();
    }
}
