using System.Runtime.InteropServices;

namespace PipelineRobustness.Cli;

/// <summary>
/// Ctrl-C and SIGTERM. The first asks the experiment to end after the current iteration; the second ends the process at
/// once.
/// </summary>
internal sealed class Interrupts : IDisposable
{
    private readonly CancellationTokenSource _source = new();
    private readonly PosixSignalRegistration[] _registrations;
    private int _count;

    public Interrupts() => _registrations =
    [
        PosixSignalRegistration.Create(PosixSignal.SIGINT, Heed),
        PosixSignalRegistration.Create(PosixSignal.SIGTERM, Heed),
    ];

    /// <summary>Cancelled by the first signal.</summary>
    public CancellationToken Token => _source.Token;

    public void Dispose()
    {
        foreach (var registration in _registrations)
            registration.Dispose();

        _source.Dispose();
    }

    private void Heed(PosixSignalContext context)
    {
        context.Cancel = true;
        if (Interlocked.Increment(ref _count) > 1)
            QuitAtOnce();

        _source.Cancel();
    }

    // Environment.Exit would free native libraries under the stages' threads, which crashes; and a terminal wants its
    // cursor back.
    internal static void QuitAtOnce(int code = ExitCode.Interrupted)
    {
        if (!Console.IsOutputRedirected)
            Console.Out.Write("\u001b[?25h\n");

        if (OperatingSystem.IsWindows())
            Environment.Exit(code);

        ExitWithoutCleaning(code);
    }

    [DllImport("libc", EntryPoint = "_exit")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern void ExitWithoutCleaning(int status);
}
