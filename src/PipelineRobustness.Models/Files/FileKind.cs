using System.Buffers.Binary;
using System.Runtime.InteropServices;

namespace PipelineRobustness.Models.Files;

/// <summary>
/// Tells regular files from pipes and devices. .NET cannot tell them apart before opening, and opening a pipe blocks
/// until there is a writer, so this asks the kernel.
/// </summary>
internal static class FileKind
{
    private const int CurrentDirectory = -100;   // AT_FDCWD
    private const uint TypeOnly = 1;   // STATX_TYPE
    private const int StatusBytes = 256, ModeOffset = 28;   // struct statx, the same on every architecture
    private const int TypeMask = 0xF000, RegularFile = 0x8000;

    /// <summary>
    /// Whether the path, with links resolved, is a pipe, socket, device or folder. False when the kernel call fails;
    /// opening the path then reports the error.
    /// </summary>
    public static bool IsSpecial(string path)
    {
        if (!OperatingSystem.IsLinux()) return false;
        var status = new byte[StatusBytes];
        return StatX(CurrentDirectory, path, 0, TypeOnly, status) == 0
            && (BinaryPrimitives.ReadUInt16LittleEndian(status.AsSpan(ModeOffset)) & TypeMask) != RegularFile;
    }

    [DllImport("libc", EntryPoint = "statx")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern int StatX(
        int folder, [MarshalAs(UnmanagedType.LPUTF8Str)] string path, int flags, uint mask, [Out] byte[] status);
}
