using PipelineRobustness.Models.Files;

namespace PipelineRobustness.Models.Text.Corpora.Download;

/// <summary>Finds the folder of a named corpus, or downloads it.</summary>
internal sealed class CorpusFolder(CorpusEnvironment environment)
{
    /// <summary>The path of a named corpus; null if neither a folder nor a cache is set.</summary>
    public string? PathOf(string name, string? folder)
    {
        var all = folder ?? (environment.CacheFolder is { } cache ? Path.Combine(cache, "corpora") : null);
        return all is null ? null : Path.Combine(all, name);
    }

    /// <summary>Whether a folder exists and is not empty.</summary>
    public static bool Exists(string? place) => Directory.Exists(place) && Directory.EnumerateFileSystemEntries(place).Any();

    /// <summary>The folder of a named corpus, downloaded if it does not exist.</summary>
    /// <exception cref="BadInputException">
    /// It does not exist and cannot be downloaded; the message says which files to put where.
    /// </exception>
    public string Find(string name, string? folder) => Find(name, folder, DownloadTable.Of(name));

    /// <summary>Like <see cref="Find(string, string)"/>, with other addresses than the table's.</summary>
    public string Find(string name, string? folder, IReadOnlyList<DownloadFile> files)
    {
        var place = PathOf(name, folder)
            ?? throw new BadInputException($"data.folder: expected the folder that holds {name}, found none set and no cache folder");
        if (Exists(place)) return place;

        if (environment.Network is not { } network) throw NotFound(name, place, files, "and downloads are off");

        try
        {
            Download(place, files, new Downloader(network, environment.Progress, environment.Clock));
            return place;
        }
        catch (Exception e) when (e is DownloadException or IOException or UnauthorizedAccessException)
        {
            throw NotFound(name, place, files, $"and it could not be downloaded: {e.Message}", e);
        }
    }

    // A folder gets the corpus's name only when it is complete.
    private static void Download(string place, IReadOnlyList<DownloadFile> files, Downloader downloader)
    {
        Directory.CreateDirectory(Path.GetDirectoryName(Path.GetFullPath(place))!);
        using var held = FileLock.TryExclusive(place + ".pipeline-robustness.lock")
            ?? throw new DownloadException("another process is downloading it at this moment");
        // Another process may have completed it just now.
        if (Exists(place)) return;

        var unfinished = place + ".download";
        foreach (var file in files)
            downloader.FetchAsync(file, unfinished).GetAwaiter().GetResult();

        if (Directory.Exists(place))
            Directory.Delete(place);
        Directory.Move(unfinished, place);
    }

    private static BadInputException NotFound(string name, string place, IReadOnlyList<DownloadFile> files, string reason, Exception? inner = null)
    {
        var names = string.Join(", ", files.Select(file => file.Name));
        var from = string.Join(", ", files.Select(file => file.Url[..(file.Url.LastIndexOf('/') + 1)]).Distinct());
        return new BadInputException(
            $"data.corpus: expected {name} in the folder {place} (put {names} there, from {from}, or set data.folder or data.path), "
            + $"found nothing there {reason}", inner);
    }
}
