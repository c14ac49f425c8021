namespace PipelineRobustness.Models.Text.Corpora.Download;

/// <summary>Finds a named corpus's folder, or downloads it.</summary>
internal sealed class CorpusFolder(CorpusEnvironment surroundings)
{
    /// <summary>The folder of a named corpus where it would lie; null where no place is known.</summary>
    public string? PlaceOf(string name, string? folder)
    {
        var all = folder ?? (surroundings.CacheFolder is { } cache ? Path.Combine(cache, "corpora") : null);
        return all is null ? null : Path.Combine(all, name);
    }

    /// <summary>Whether a folder is there; an empty one is not.</summary>
    public static bool IsThere(string? place) => Directory.Exists(place) && Directory.EnumerateFileSystemEntries(place).Any();

    /// <summary>The folder of a named corpus, downloaded where it is not there.</summary>
    /// <exception cref="BadInputException">It is not there and cannot be downloaded; the line says what to put where.</exception>
    public string Find(string name, string? folder) => Find(name, folder, DownloadTable.Of(name));

    /// <summary>The same, with other addresses than the table's.</summary>
    public string Find(string name, string? folder, IReadOnlyList<DownloadFile> files)
    {
        var place = PlaceOf(name, folder)
            ?? throw new BadInputException($"data.folder: expected the folder that holds {name}, found none set and no cache folder");
        if (IsThere(place)) return place;

        if (surroundings.Network is not { } network) throw Absent(name, place, files, "and downloads are off");

        try
        {
            Download(place, files, new Downloader(network, surroundings.Progress, surroundings.Clock));
            return place;
        }
        catch (Exception e) when (e is DownloadException or IOException or UnauthorizedAccessException)
        {
            throw Absent(name, place, files, $"and it could not be downloaded: {e.Message}", e);
        }
    }

    // A folder with the corpus's name holds all of it: it gets its name when everything is there.
    private static void Download(string place, IReadOnlyList<DownloadFile> files, Downloader downloader)
    {
        var unfinished = place + ".download";
        foreach (var file in files)
            downloader.FetchAsync(file, unfinished).GetAwaiter().GetResult();

        if (Directory.Exists(place))
            Directory.Delete(place);
        Directory.Move(unfinished, place);
    }

    private static BadInputException Absent(string name, string place, IReadOnlyList<DownloadFile> files, string why, Exception? inner = null)
    {
        var names = string.Join(", ", files.Select(file => file.Name));
        var from = string.Join(", ", files.Select(file => file.Url[..(file.Url.LastIndexOf('/') + 1)]).Distinct());
        return new BadInputException(
            $"data.corpus: expected {name} in the folder {place} (put {names} there, from {from}, or set data.folder or data.path), "
            + $"found nothing there {why}", inner);
    }
}
