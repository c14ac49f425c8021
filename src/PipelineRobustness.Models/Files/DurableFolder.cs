using System.Runtime.InteropServices;

namespace PipelineRobustness.Models.Files;

/// <summary>
/// Folders whose entries outlive a power cut. A file's own flush does not write down the name it was given; flushing the
/// folder does, which .NET has no way to ask for. Where there is no such call (not Linux), nothing is flushed.
/// </summary>
public static class DurableFolder
{
    private const int CloseOnExec = 0x80000;   // O_CLOEXEC; O_RDONLY is 0
    private const int Invalid = 22, NotSupported = 95;   // EINVAL, EOPNOTSUPP: a file system that cannot

    /// <summary>Makes a folder and those above it, each one's name on the disk when this returns.</summary>
    /// <exception cref="IOException">The disk says no.</exception>
    public static void Create(string path)
    {
        if (Directory.Exists(path))
            return;
        var parent = Path.GetDirectoryName(Path.TrimEndingDirectorySeparator(Path.GetFullPath(path)));
        if (parent is not null)
            Create(parent);
        Directory.CreateDirectory(path);
        if (parent is not null)
            Flush(parent);
    }

    /// <summary>Writes down which names the folder has.</summary>
    /// <exception cref="IOException">The disk says no.</exception>
    public static void Flush(string path)
    {
        if (!OperatingSystem.IsLinux())
            return;
        var descriptor = Open(path, CloseOnExec);
        var fault = descriptor >= 0 && FSync(descriptor) == 0 ? 0 : Marshal.GetLastPInvokeError();
        if (descriptor >= 0)
            _ = Close(descriptor);
        if (fault is not (0 or Invalid or NotSupported))
            throw new IOException($"{path}: cannot be flushed to the disk: {Marshal.GetPInvokeErrorMessage(fault)}");
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
