using System.Runtime.InteropServices;

namespace PipelineRobustness.Models.Files;

/// <summary>
/// A lock of the operating system (flock) on a file, held until it is disposed of or the process ends, however it ends. The file means
/// nothing: it is made if it is absent, never written to, and never deleted, since another process may hold what its name now stands for.
/// </summary>
public sealed class FileLock : IDisposable
{
    // EWOULDBLOCK of Linux.
    private const int HeldElsewhere = 11;
    private const int SharedAtOnce = 1 | 4;   // LOCK_SH, LOCK_NB

    private readonly FileStream _file;
    private readonly string? _place;

    private FileLock(FileStream file, string? place, bool isShared)
    {
        _file = file;
        _place = place;
        IsShared = isShared;
    }

    /// <summary>Whether others may hold it at the same time.</summary>
    public bool IsShared { get; private set; }

    /// <summary>Whether the file is still where it was when it was locked. If it is not, another process may lock a new one of its name.</summary>
    public bool IsInPlace => PlaceOf(_file) == _place;

    /// <summary>Takes the lock for one holder alone; null where another one has it. Creates the file if it is absent.</summary>
    /// <exception cref="IOException">The file cannot be opened.</exception>
    /// <exception cref="UnauthorizedAccessException">The file cannot be opened.</exception>
    public static FileLock? TryExclusive(string path) => Try(path, FileAccess.ReadWrite, FileShare.None);

    /// <summary>Takes the lock together with others; null where one holder has it alone. Creates the file if it is absent.</summary>
    /// <exception cref="IOException">The file cannot be opened.</exception>
    /// <exception cref="UnauthorizedAccessException">The file cannot be opened.</exception>
    public static FileLock? TryShared(string path) => Try(path, FileAccess.Read, FileShare.Read);

    /// <summary>From now on others may hold it at the same time.</summary>
    /// <returns>Whether it is still held; another process could take it alone only if it asked in this very instant.</returns>
    public bool TryShare()
    {
        if (!OperatingSystem.IsWindows() && !IsShared) IsShared = Lock(_file.SafeFileHandle, SharedAtOnce) == 0;
        return IsShared;
    }

    /// <summary>Releases it.</summary>
    public void Dispose() => _file.Dispose();

    // .NET locks the file that it opens: exclusively if it is to be shared with no one.
    private static FileLock? Try(string path, FileAccess access, FileShare share)
    {
        if (Directory.Exists(path)) throw new IOException($"a folder named {Path.GetFileName(path)}, where a file is to be locked");
        while (true)
        {
            try
            {
                var file = new FileStream(path, FileMode.OpenOrCreate, access, share, bufferSize: 0);
                var place = PlaceOf(file);
                // Deleted between the opening and the locking: then the lock is on a file that no one else finds.
                if (place?.EndsWith(" (deleted)", StringComparison.Ordinal) != true) return new FileLock(file, place, share != FileShare.None);
                file.Dispose();
            }
            catch (IOException e) when (e.HResult == HeldElsewhere)
            {
                return null;
            }
        }
    }

    // Where an open file is at present; null where the system does not tell.
    private static string? PlaceOf(FileStream file) =>
        OperatingSystem.IsLinux() ? new FileInfo($"/proc/self/fd/{file.SafeFileHandle.DangerousGetHandle()}").LinkTarget : null;

    [DllImport("libc", EntryPoint = "flock")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern int Lock(SafeHandle file, int operation);
}
