using System.Runtime.InteropServices;

namespace PipelineRobustness.Pipeline.Cluster;

/// <summary>
/// The priority of threads that compute. On a node whose every core works, messages and heartbeats are to come first.
/// <see cref="Thread.Priority"/> does nothing on Linux, where the kernel knows a niceness for each thread.
/// </summary>
public static class ComputeThread
{
    private const int OfOneThread = 0;

    /// <summary>Makes the calling thread, and those it starts from now on, give way to others; where that cannot be, nothing.</summary>
    /// <param name="niceness">0, as all others, to 19, which gives way to all.</param>
    public static void GiveWay(int niceness)
    {
        if (niceness > 0 && OperatingSystem.IsLinux()) _ = SetPriority(OfOneThread, (uint)CurrentThread(), niceness);
    }

    /// <summary>The calling thread's niceness; 0 where there is no such thing.</summary>
    public static int Niceness => OperatingSystem.IsLinux() ? GetPriority(OfOneThread, (uint)CurrentThread()) : 0;

    [DllImport("libc", EntryPoint = "gettid")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern int CurrentThread();

    [DllImport("libc", EntryPoint = "setpriority")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern int SetPriority(int which, uint who, int priority);

    [DllImport("libc", EntryPoint = "getpriority")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern int GetPriority(int which, uint who);
}
