using PipelineRobustness.Models.Files;

namespace PipelineRobustness.Models.Text.Corpora;

/// <summary>A file below a folder.</summary>
/// <param name="Path">Its path.</param>
/// <param name="Identity">What is the same for every path that leads to it.</param>
/// <param name="IsLinked">Whether the path leads through a link.</param>
internal sealed record FolderFile(string Path, string Identity, bool IsLinked);

/// <summary>
/// The files below a folder that are not hidden. A link to a folder is followed, but not to one that contains the link,
/// and once only for all links that give its files the same split: whatever links there are, the search ends.
/// </summary>
internal sealed class FolderFiles
{
    // By default, hidden files are skipped.
    private static readonly EnumerationOptions NotHidden = new() { IgnoreInaccessible = false };

    private readonly string _root;
    private readonly List<FolderFile> _files = [];
    private readonly List<(string Path, string Why)> _notFollowed = [];
    private readonly HashSet<(string Folder, Split Split)> _entered = [];
    private readonly Queue<(string Link, Ancestors Above)> _links = [];   // found and not yet followed

    private FolderFiles(string root) => _root = root;

    /// <summary>The files in the order of their paths; a file has an entry for each path that leads to it.</summary>
    public IEnumerable<FolderFile> Files => _files.OrderBy(file => file.Path, StringComparer.Ordinal);

    /// <summary>The links to folders that are not followed, and why.</summary>
    public IReadOnlyList<(string Path, string Why)> NotFollowed => _notFollowed;

    /// <summary>Searches a folder. What lies in it without a link is found first, so that links only add to it.</summary>
    /// <exception cref="IOException">A folder cannot be read; likewise <see cref="UnauthorizedAccessException"/>.</exception>
    public static FolderFiles Below(string root)
    {
        var found = new FolderFiles(root);
        found.Enter(root, Ancestors.Of(root), isLinked: false);
        while (found._links.TryDequeue(out var next))
            found.Follow(next.Link, next.Above);
        return found;
    }

    private void Follow(string link, Ancestors above)
    {
        var target = FileKind.IdentityOf(link);
        if (target == above.Nearest)
            _notFollowed.Add((link, "a link to the folder itself"));
        else if (above.Contains(target))
            _notFollowed.Add((link, "a link to a folder above it"));
        else if (!Enter(link, above.With(target), isLinked: true))
            _notFollowed.Add((link, "a link to a folder that is read already"));
    }

    /// <summary>Searches a folder; false if it was searched before for the same split.</summary>
    private bool Enter(string folder, Ancestors above, bool isLinked)
    {
        var split = SplitNames.OfFolder(Path.GetRelativePath(_root, folder));
        if (!_entered.Add((above.Nearest, split))) return false;

        foreach (var entry in new DirectoryInfo(folder).EnumerateFileSystemInfos("*", NotHidden))
        {
            var path = Path.Join(folder, entry.Name);
            var isLink = entry.LinkTarget is not null;
            if (entry is FileInfo)
                _files.Add(new FolderFile(path, FileKind.IdentityOf(path), isLinked || isLink));
            else if (isLink)
                _links.Enqueue((path, above));
            else
                Enter(path, above.With(FileKind.IdentityOf(path)), isLinked);
        }
        return true;
    }

    /// <summary>A folder and those that contain it.</summary>
    private sealed record Ancestors(string Nearest, Ancestors? Above)
    {
        public static Ancestors Of(string folder)
        {
            // The kernel resolves "..", so that links in the path itself do not matter.
            var identity = FileKind.IdentityOf(folder);
            var parent = Path.Join(folder, "..");
            return FileKind.IdentityOf(parent) == identity ? new Ancestors(identity, null) : new Ancestors(identity, Of(parent));
        }

        public Ancestors With(string folder) => new(folder, this);

        public bool Contains(string folder) => folder == Nearest || (Above?.Contains(folder) ?? false);
    }
}
