using System.Runtime.InteropServices;

namespace PipelineRobustness.Hosting;

/// <summary>
/// The signals that ask this process to end: SIGINT (Ctrl-C), SIGTERM, SIGHUP (its terminal has gone) and SIGXCPU (its CPU time is nearly
/// used up). The first is a request. SIGINT or SIGTERM after it ends the process at once; the others do not, since terminals and systemd
/// send SIGHUP more than once or next to another, and the kernel SIGXCPU each second. A signal that was ignored when the process started,
/// as SIGHUP is under nohup, stays ignored.
/// </summary>
internal sealed class Signals : IDisposable
{
    private const PosixSignal CpuTimeLimit = (PosixSignal)24, FileSizeLimit = (PosixSignal)25;

    private static readonly PosixSignal[] Requests = [PosixSignal.SIGINT, PosixSignal.SIGTERM, PosixSignal.SIGHUP, CpuTimeLimit];

    private static readonly Lazy<PosixSignalRegistration> LargeWrites = new(
        () => PosixSignalRegistration.Create(FileSizeLimit, context => context.Cancel = true));

    private readonly PosixSignalRegistration[] _registrations;
    private readonly Func<PosixSignal, int?> _request;

    // 0 until the first request, then 1.
    private int _isRequested;

    /// <summary>Handles them from now on.</summary>
    /// <param name="request">Handles the first signal; or returns the exit code with which the process ends at once.</param>
    public Signals(Func<PosixSignal, int?> request)
    {
        _request = request;
        _registrations = [.. Requests.Select(signal => PosixSignalRegistration.Create(signal, Handle))];
        FailLargeWrites();
    }

    /// <summary>
    /// From now on a write beyond the limit for files (SIGXFSZ; <c>ulimit -f</c>) fails, as on a full disk, and does not end the process.
    /// </summary>
    public static void FailLargeWrites() => _ = LargeWrites.Value;

    /// <inheritdoc/>
    public void Dispose()
    {
        foreach (var registration in _registrations) registration.Dispose();
    }

    private void Handle(PosixSignalContext context)
    {
        context.Cancel = true;
        var insists = context.Signal is PosixSignal.SIGINT or PosixSignal.SIGTERM;
        var code = Interlocked.Exchange(ref _isRequested, 1) == 0 ? _request(context.Signal) : insists ? ExitCode.Interrupted : null;
        if (code is { } now) Exit(now);
    }

    // Environment.Exit would unload native libraries while the stages' threads use them, which crashes; and a terminal needs its cursor back.
    private static void Exit(int code)
    {
        if (!Console.IsOutputRedirected) Console.Out.Write("\u001b[?25h\n");
        if (OperatingSystem.IsWindows()) Environment.Exit(code);
        ExitWithoutCleanup(code);
    }

    [DllImport("libc", EntryPoint = "_exit")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern void ExitWithoutCleanup(int status);
}
