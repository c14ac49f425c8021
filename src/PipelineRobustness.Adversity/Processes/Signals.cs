using System.Runtime.InteropServices;

namespace PipelineRobustness.Adversity.Processes;

/// <summary>What one process can tell another; the numbers are Linux's.</summary>
public enum ProcessSignal
{
    /// <summary>Be no more, at once.</summary>
    Kill = 9,

    /// <summary>End in good order.</summary>
    Terminate = 15,

    /// <summary>Go on after <see cref="Stop"/>.</summary>
    Continue = 18,

    /// <summary>Stand still.</summary>
    Stop = 19,
}

/// <summary>Sends signals.</summary>
internal static class Signals
{
    /// <summary>Sends one; nothing where there is no such process.</summary>
    public static void Send(int process, ProcessSignal signal) => _ = Kill(process, (int)signal);

    [DllImport("libc", EntryPoint = "kill")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern int Kill(int process, int signal);
}
