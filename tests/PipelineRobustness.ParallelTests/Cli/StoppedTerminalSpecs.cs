using System.Runtime.InteropServices;
using System.Text;
using Microsoft.Win32.SafeHandles;
using PipelineRobustness.Hosting;
using PipelineRobustness.Tests.Cluster;
using PipelineRobustness.Tests.Experiments;

namespace PipelineRobustness.Tests.Cli;

/// <summary>A terminal that takes nothing more, as after Ctrl-S, holds up what is printed, but not the end that is insisted on.</summary>
public sealed class StoppedTerminalSpecs : IDisposable
{
    private const int ReadAndWrite = 2, NotOfThisProcess = 256;   // O_RDWR, O_NOCTTY

    private static readonly byte[] ControlS = [0x13];

    private readonly ExperimentFiles _files = new();

    private string Out => Path.Combine(_files.Folder, "out");

    public void Dispose() => _files.Dispose();

    [Fact]
    public async Task A_second_signal_ends_the_process_although_its_terminal_is_stopped()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "Its terminals are Linux's.");
        using var terminal = OpenTerminal(ReadAndWrite | NotOfThisProcess);
        Assert.SkipWhen(terminal.IsInvalid, "This system has no terminals to give.");
        Assert.Equal((0, 0), (Grant(terminal), Unlock(terminal)));
        var name = new byte[64];
        Assert.Equal(0, NameOf(terminal, name, name.Length));
        using var run = NodeProcess.StartShell(
            "exec $program run \"$1\" --out \"$2\" < \"$3\" > \"$3\" 2>&1", _files.Write(TwoRuns.Endless), Out,
            Encoding.ASCII.GetString(name).TrimEnd('\0'));
        await UntilAsync(() => Size > 0);
        Assert.Equal(ControlS.Length, Write(terminal, ControlS, ControlS.Length));
        // A thread waits for the terminal, and training for it.
        var before = -1L;
        await UntilAsync(() => before == (before = Size));
        run.Signal(NodeProcess.Terminate);
        run.Signal(NodeProcess.Interrupt);
        Assert.Equal(ExitCode.Interrupted, await run.EndsAsync());
    }

    // Of the events: the first is that a run begins, when signals are handled.
    private long Size => new FileInfo(Path.Combine(Out, "events.jsonl")) is { Exists: true } events ? events.Length : 0;

    private static async Task UntilAsync(Func<bool> isSo)
    {
        using var look = new PeriodicTimer(TimeSpan.FromSeconds(0.5));
        while (!isSo()) await look.WaitForNextTickAsync(TestContext.Current.CancellationToken);
    }

    [DllImport("libc", EntryPoint = "posix_openpt")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern SafeFileHandle OpenTerminal(int flags);

    [DllImport("libc", EntryPoint = "grantpt")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern int Grant(SafeFileHandle terminal);

    [DllImport("libc", EntryPoint = "unlockpt")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern int Unlock(SafeFileHandle terminal);

    [DllImport("libc", EntryPoint = "write")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern nint Write(SafeFileHandle terminal, byte[] bytes, nint length);

    [DllImport("libc", EntryPoint = "ptsname_r")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern int NameOf(SafeFileHandle terminal, byte[] name, nint length);
}
