using System.Runtime.InteropServices;

namespace PipelineRobustness.Models.Files;

/// <summary>
/// Makes folder entries survive a power failure. Flushing a file does not persist its directory entry; flushing the
/// folder does, for which .NET has no API. On systems other than Linux nothing is flushed.
/// </summary>
public static class DurableFolder
{
    private const int CloseOnExec = 0x80000;   // O_CLOEXEC; O_RDONLY is 0
    private const int Invalid = 22, NotSupported = 95;   // EINVAL, EOPNOTSUPP: the file system does not support it

    /// <summary>Creates a folder and its missing parents; every new entry is on disk when this returns.</summary>
    /// <exception cref="IOException">The file system reports an error.</exception>
    public static void Create(string path)
    {
        if (Directory.Exists(path)) return;
        var parent = Path.GetDirectoryName(Path.TrimEndingDirectorySeparator(Path.GetFullPath(path)));
        if (parent is not null)
            Create(parent);
        Directory.CreateDirectory(path);
        if (parent is not null)
            Flush(parent);
    }

    /// <summary>Flushes the folder's entries to disk.</summary>
    /// <exception cref="IOException">The file system reports an error.</exception>
    public static void Flush(string path)
    {
        if (!OperatingSystem.IsLinux()) return;
        var descriptor = Open(path, CloseOnExec);
        var error = descriptor >= 0 && FSync(descriptor) == 0 ? 0 : Marshal.GetLastPInvokeError();
        if (descriptor >= 0)
            _ = Close(descriptor);
        if (error is not (0 or Invalid or NotSupported))
            throw new IOException($"{path}: cannot be flushed to the disk: {Marshal.GetPInvokeErrorMessage(error)}");
    }

    [DllImport("libc", EntryPoint = "open", SetLastError = true)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern int Open([MarshalAs(UnmanagedType.LPUTF8Str)] string path, int flags);

    [DllImport("libc", EntryPoint = "fsync", SetLastError = true)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern int FSync(int descriptor);

    [DllImport("libc", EntryPoint = "close")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern int Close(int descriptor);
}
