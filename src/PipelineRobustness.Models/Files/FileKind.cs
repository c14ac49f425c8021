using System.Buffers.Binary;
using System.Runtime.InteropServices;

namespace PipelineRobustness.Models.Files;

/// <summary>
/// Tells regular files from pipes and devices, and the same file by another path. .NET cannot tell the former apart
/// before opening, and opening a pipe blocks until there is a writer; it does not tell the latter at all. So this asks
/// the kernel.
/// </summary>
internal static class FileKind
{
    private const int CurrentDirectory = -100;   // AT_FDCWD
    private const uint TypeOnly = 1;   // STATX_TYPE
    private const uint INode = 0x100;   // STATX_INO
    // struct statx, the same on every architecture
    private const int StatusBytes = 256, ModeOffset = 28, INodeOffset = 32, DeviceOffset = 136, DeviceBytes = 8;
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

    /// <summary>
    /// Identifies the file or folder that a path leads to, by whatever links: its device and inode, which hard links
    /// share. The path itself if it leads nowhere; on systems other than Linux, the path with its last link resolved.
    /// </summary>
    public static string IdentityOf(string path)
    {
        if (!OperatingSystem.IsLinux()) return Path.GetFullPath(File.ResolveLinkTarget(path, returnFinalTarget: true)?.FullName ?? path);
        var status = new byte[StatusBytes];
        return StatX(CurrentDirectory, path, 0, INode, status) == 0
            && BinaryPrimitives.ReadUInt64LittleEndian(status.AsSpan(INodeOffset)) is > 0 and var number
                ? $"{Convert.ToHexString(status.AsSpan(DeviceOffset, DeviceBytes))}:{number}"
                : Path.GetFullPath(path);
    }

    [DllImport("libc", EntryPoint = "statx")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern int StatX(
        int folder, [MarshalAs(UnmanagedType.LPUTF8Str)] string path, int flags, uint mask, [Out] byte[] status);
}
