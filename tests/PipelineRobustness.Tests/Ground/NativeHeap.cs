using System.Runtime.InteropServices;

namespace PipelineRobustness.Tests.Ground;

/// <summary>The C library's memory that libtorch and other native code hold. glibc only.</summary>
internal static class NativeHeap
{
    /// <summary>Bytes allocated now; skips the test where the C library does not tell.</summary>
    public static long Bytes
    {
        get
        {
            Assert.SkipUnless(OperatingSystem.IsLinux() && HasInfo.Value, "the C library does not tell what is allocated (mallinfo2)");
            var info = Information();
            return (long)(info.Mapped + info.Used);
        }
    }

    private static Lazy<bool> HasInfo { get; } = new(() =>
    {
        try
        {
            return Information().Used > 0;
        }
        catch (EntryPointNotFoundException)
        {
            return false;
        }
    });

    [DllImport("libc", EntryPoint = "mallinfo2")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern Info Information();

    // struct mallinfo2 (man 3 mallinfo).
    [StructLayout(LayoutKind.Sequential)]
    private struct Info
    {
        public nuint Arena;
        public nuint FreeChunks;
        public nuint FastChunks;
        public nuint MappedCount;
        public nuint Mapped;
        public nuint Unused;
        public nuint FastBytes;
        public nuint Used;
        public nuint Free;
        public nuint Trimmable;
    }
}
