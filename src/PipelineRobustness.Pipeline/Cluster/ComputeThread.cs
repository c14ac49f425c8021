using System.Runtime.InteropServices;

namespace PipelineRobustness.Pipeline.Cluster;

/// <summary>
/// The priority of threads that compute: on a busy machine, messages and heartbeats come first.
/// <see cref="Thread.Priority"/> has no effect on Linux, where each thread has a niceness.
/// </summary>
public static class ComputeThread
{
    // PRIO_PROCESS, which on Linux means one thread.
    private const int OneThread = 0;

    /// <summary>Lowers the priority of the calling thread and of those it starts from now on; without effect where the system has no niceness.</summary>
    /// <param name="niceness">From 0, the usual priority, to 19, the lowest.</param>
    public static void LowerPriority(int niceness)
    {
        if (niceness > 0 && OperatingSystem.IsLinux()) _ = SetPriority(OneThread, (uint)CurrentThread(), niceness);
    }

    /// <summary>The calling thread's niceness; 0 where the system has none.</summary>
    public static int Niceness => OperatingSystem.IsLinux() ? GetPriority(OneThread, (uint)CurrentThread()) : 0;

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
