using System.Runtime.InteropServices;

namespace PipelineRobustness.Adversity.Processes;

/// <summary>Signals between processes, with the numbers of Linux.</summary>
public enum ProcessSignal
{
    /// <summary>End at once.</summary>
    Kill = 9,

    /// <summary>Shut down in order.</summary>
    Terminate = 15,

    /// <summary>Continue after <see cref="Stop"/>.</summary>
    Continue = 18,

    /// <summary>Stand still.</summary>
    Stop = 19,
}

/// <summary>Sends signals.</summary>
internal static class Signals
{
    /// <summary>Sends one; does nothing where there is no such process.</summary>
    public static void Send(int process, ProcessSignal signal) => _ = Kill(process, (int)signal);

    [DllImport("libc", EntryPoint = "kill")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern int Kill(int process, int signal);
}
