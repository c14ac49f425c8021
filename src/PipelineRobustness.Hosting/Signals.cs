using System.Runtime.InteropServices;

namespace PipelineRobustness.Hosting;

/// <summary>SIGINT (Ctrl-C) and SIGTERM of this process: the first is a request, a second one ends the process at once.</summary>
internal sealed class Signals : IDisposable
{
    private readonly PosixSignalRegistration[] _registrations;
    private readonly Func<PosixSignal, int?> _request;
    private int _count;

    /// <summary>Handles them from now on.</summary>
    /// <param name="request">Handles the first signal; or returns the exit code with which the process ends at once.</param>
    public Signals(Func<PosixSignal, int?> request)
    {
        _request = request;
        _registrations = [PosixSignalRegistration.Create(PosixSignal.SIGINT, Handle), PosixSignalRegistration.Create(PosixSignal.SIGTERM, Handle)];
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        foreach (var registration in _registrations) registration.Dispose();
    }

    private void Handle(PosixSignalContext context)
    {
        context.Cancel = true;
        var code = Interlocked.Increment(ref _count) > 1 ? ExitCode.Interrupted : _request(context.Signal);
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
