namespace PipelineRobustness.Models.Files;

/// <summary>
/// A lock of the operating system (flock) on a file, held until it is disposed of or the process ends, however it ends. That the file
/// is there means nothing: a process that has died leaves it.
/// </summary>
public sealed class FileLock : IDisposable
{
    // EWOULDBLOCK of Linux.
    private const int HeldElsewhere = 11;

    private readonly FileStream _file;

    private FileLock(FileStream file, bool isShared)
    {
        _file = file;
        IsShared = isShared;
    }

    /// <summary>Whether others may hold it at the same time.</summary>
    public bool IsShared { get; }

    /// <summary>Takes the lock for one holder alone; null where another one has it. Creates the file if it is absent.</summary>
    /// <exception cref="IOException">The file cannot be opened.</exception>
    /// <exception cref="UnauthorizedAccessException">The file cannot be opened.</exception>
    public static FileLock? TryExclusive(string path) => Try(path, FileAccess.ReadWrite, FileShare.None);

    /// <summary>Takes the lock together with others; null where one holder has it alone. Creates the file if it is absent.</summary>
    /// <exception cref="IOException">The file cannot be opened.</exception>
    /// <exception cref="UnauthorizedAccessException">The file cannot be opened.</exception>
    public static FileLock? TryShared(string path) => Try(path, FileAccess.Read, FileShare.Read);

    /// <summary>Releases it, and deletes the file if no one else can hold it.</summary>
    public void Dispose()
    {
        try
        {
            if (!IsShared) File.Delete(_file.Name);
        }
        catch (Exception e) when (UserFile.IsRefusal(e))
        {
            // It stays, or its folder has gone.
        }

        _file.Dispose();
    }

    // .NET locks the file that it opens: exclusively if it is to be shared with no one.
    private static FileLock? Try(string path, FileAccess access, FileShare share)
    {
        while (true)
        {
            try
            {
                var file = new FileStream(path, FileMode.OpenOrCreate, access, share, bufferSize: 0);
                if (!WasDeleted(file)) return new FileLock(file, share != FileShare.None);
                file.Dispose();
            }
            catch (IOException e) when (e.HResult == HeldElsewhere)
            {
                return null;
            }
        }
    }

    // By a holder that released it between the opening and the locking here: then the lock is on a file that no one else finds.
    private static bool WasDeleted(FileStream file) => OperatingSystem.IsLinux()
        && new FileInfo($"/proc/self/fd/{file.SafeFileHandle.DangerousGetHandle()}").LinkTarget?.EndsWith(" (deleted)", StringComparison.Ordinal) == true;
}
