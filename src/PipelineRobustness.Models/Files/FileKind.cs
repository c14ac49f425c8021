using System.Buffers.Binary;
using System.Runtime.InteropServices;

namespace PipelineRobustness.Models.Files;

/// <summary>
/// What lies at a path. .NET does not tell a pipe from a file before opening it, and opening a pipe waits for a writer;
/// so the kernel is asked.
/// </summary>
internal static class FileKind
{
    private const int CurrentDirectory = -100;   // AT_FDCWD
    private const uint TypeOnly = 1;   // STATX_TYPE
    private const int StatusBytes = 256, ModeOffset = 28;   // struct statx, the same on every architecture
    private const int TypeMask = 0xF000, RegularFile = 0x8000;

    /// <summary>
    /// Whether the path, its links followed, leads to a pipe, a socket, a device or a folder; false where nothing can be
    /// found out, so that opening it says what is wrong.
    /// </summary>
    public static bool IsSpecial(string path)
    {
        if (!OperatingSystem.IsLinux())
            return false;
        var status = new byte[StatusBytes];
        return StatX(CurrentDirectory, path, 0, TypeOnly, status) == 0
            && (BinaryPrimitives.ReadUInt16LittleEndian(status.AsSpan(ModeOffset)) & TypeMask) != RegularFile;
    }

    [DllImport("libc", EntryPoint = "statx")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern int StatX(
        int folder, [MarshalAs(UnmanagedType.LPUTF8Str)] string path, int flags, uint mask, [Out] byte[] status);
}
