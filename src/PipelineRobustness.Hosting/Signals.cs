using System.Collections.Immutable;
using System.Runtime.InteropServices;
using System.Text;

namespace PipelineRobustness.Hosting;

/// <summary>
/// The signals that ask this process to end: SIGINT (Ctrl-C), SIGTERM, SIGHUP (its terminal has gone) and SIGXCPU (its CPU time is nearly
/// used up). The first is a request. SIGINT or SIGTERM after it ends the process at once; the others do not, since terminals and systemd
/// send SIGHUP more than once or next to another, and the kernel SIGXCPU each second. A signal that was ignored when the process started,
/// as SIGHUP is under nohup, stays ignored. When all that could be asked has ended, a request changes nothing: what is still to be written is
/// written.
/// </summary>
internal sealed class Signals : IDisposable
{
    private const string ShownCursor = "\u001b[?25h\n";
    private const int Output = 1;
    private const short CanBeWritten = 4;   // POLLOUT
    private const PosixSignal CpuTimeLimit = (PosixSignal)24, FileSizeLimit = (PosixSignal)25;

    private static readonly PosixSignal[] Requests = [PosixSignal.SIGINT, PosixSignal.SIGTERM, PosixSignal.SIGHUP, CpuTimeLimit];

    private static readonly Lazy<PosixSignalRegistration> LargeWrites = new(
        () => PosixSignalRegistration.Create(FileSizeLimit, context => context.Cancel = true));

    // Until the process ends: results are written after the last of these was disposed of.
    private static readonly Lazy<PosixSignalRegistration[]> Registrations = new(
        () => [.. Requests.Select(signal => PosixSignalRegistration.Create(signal, Handle))]);

    // Those not disposed of.
    private static ImmutableList<Signals> _live = [];

    // 0 until the first request, then 1; again 0 once handling begins after all were disposed of.
    private static int _isRequested;

    private readonly Func<PosixSignal, int?> _request;

    /// <summary>Handles them from now on.</summary>
    /// <param name="request">Handles the first signal; or returns the exit code with which the process ends at once.</param>
    public Signals(Func<PosixSignal, int?> request)
    {
        _request = request;
        if (_live.IsEmpty) Interlocked.Exchange(ref _isRequested, 0);
        ImmutableInterlocked.Update(ref _live, live => live.Add(this));
        _ = Registrations.Value;
        FailLargeWrites();
    }

    /// <summary>
    /// From now on a write beyond the limit for files (SIGXFSZ; <c>ulimit -f</c>) fails, as on a full disk, and does not end the process.
    /// </summary>
    public static void FailLargeWrites() => _ = LargeWrites.Value;

    /// <summary>From now on a first signal asks for nothing here.</summary>
    public void Dispose() => ImmutableInterlocked.Update(ref _live, live => live.Remove(this));

    private static void Handle(PosixSignalContext context)
    {
        context.Cancel = true;
        var insists = context.Signal is PosixSignal.SIGINT or PosixSignal.SIGTERM;
        var code = Interlocked.Exchange(ref _isRequested, 1) == 0 ? Ask(context.Signal) : insists ? ExitCode.Interrupted : null;
        if (code is { } now) Exit(now);
    }

    private static int? Ask(PosixSignal signal)
    {
        int? code = null;
        foreach (var one in _live) code = one._request(signal) ?? code;
        return code;
    }

    // Environment.Exit would unload native libraries while the stages' threads use them, which crashes; and a terminal needs its cursor back.
    private static void Exit(int code)
    {
        if (OperatingSystem.IsWindows())
        {
            if (!Console.IsOutputRedirected) Console.Out.Write(ShownCursor);
            Environment.Exit(code);
        }

        var output = new Polled(Output, CanBeWritten);
        // Past the console, whose lock a thread holds that waits for a terminal which is stopped (Ctrl-S); and only if it need not wait itself.
        if (!Console.IsOutputRedirected && Poll(ref output, 1, 0) == 1 && output.Found == CanBeWritten)
            _ = Write(Output, Encoding.ASCII.GetBytes(ShownCursor), ShownCursor.Length);
        ExitWithoutCleanup(code);
    }

    [DllImport("libc", EntryPoint = "poll")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern int Poll(ref Polled descriptor, nuint count, int milliseconds);

    [DllImport("libc", EntryPoint = "write")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern nint Write(int descriptor, byte[] bytes, nint count);

    [DllImport("libc", EntryPoint = "_exit")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern void ExitWithoutCleanup(int status);

    // The system's struct pollfd.
    [StructLayout(LayoutKind.Sequential)]
    private struct Polled(int descriptor, short wanted)
    {
        public readonly int Descriptor = descriptor;
        public readonly short Wanted = wanted;
        public short Found;
    }
}
