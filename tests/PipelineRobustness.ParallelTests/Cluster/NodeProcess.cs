using System.Diagnostics;
using System.Globalization;
using System.Runtime.InteropServices;

namespace PipelineRobustness.Tests.Cluster;

/// <summary>A process of the program, or of the script that starts several: its output, its signals and its end. It never outlives its test.</summary>
internal sealed class NodeProcess : IDisposable
{
    public const int HangUp = 1;
    public const int Interrupt = 2;
    public const int Quit = 3;
    public const int Kill = 9;
    public const int Terminate = 15;
    public const int Continue = 18;
    public const int Stop = 19;
    public const int TerminalStop = 20;
    public const int CpuTimeLimit = 24;

    // Ends a test that hangs; no test takes as long.
    private static readonly TimeSpan Long = TimeSpan.FromMinutes(4);

    private readonly Process _process;
    private readonly Lock _gate = new();
    private readonly List<string> _lines = [];
    private TaskCompletionSource _said = new(TaskCreationOptions.RunContinuationsAsynchronously);

    private NodeProcess(Process process)
    {
        _process = process;
        process.OutputDataReceived += (_, line) => Hear(line.Data);
        process.ErrorDataReceived += (_, line) => Hear(line.Data);
        process.BeginOutputReadLine();
        process.BeginErrorReadLine();
    }

    /// <summary>Everything it has printed so far.</summary>
    public string Said
    {
        get
        {
            lock (_gate) return string.Join('\n', _lines);
        }
    }

    /// <summary>A command of the program: <c>node</c>, <c>run</c>, <c>simulate</c>.</summary>
    public static NodeProcess StartCommand(params IEnumerable<string> arguments) =>
        StartProgram("dotnet", [Path.Combine(AppContext.BaseDirectory, "pipeline-robustness.dll"), .. arguments]);

    /// <summary>A line of bash, in which the program is called <c>$program</c> and the files are <c>$1</c>, <c>$2</c>, ...</summary>
    public static NodeProcess StartShell(string line, params IEnumerable<string> files) => StartProgram(
        "bash", ["-c", $"program='dotnet {Path.Combine(AppContext.BaseDirectory, "pipeline-robustness.dll")}'\n{line}", "bash", .. files]);

    /// <summary>
    /// Any program, with the signals' default dispositions: the tests' own process may have been started in the background, where a shell
    /// ignores SIGINT and SIGQUIT, or under nohup.
    /// </summary>
    public static NodeProcess StartProgram(string program, params IEnumerable<string> arguments) => new(Process.Start(
        new ProcessStartInfo("env", ["--default-signal=INT,HUP,QUIT", program, .. arguments])
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            // Most live for seconds and compile for half of them: without profiling and write protection of code they take a seventh less.
            Environment = { ["DOTNET_TieredPGO"] = "0", ["DOTNET_EnableWriteXorExecute"] = "0" },
        })!);

    /// <summary>Completes when it has printed a line that contains a text.</summary>
    public async Task SaysAsync(string what)
    {
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(TestContext.Current.CancellationToken);
        limit.CancelAfter(Long);
        while (true)
        {
            Task more;
            lock (_gate)
            {
                if (_lines.Exists(line => line.Contains(what, StringComparison.Ordinal))) return;
                more = _said.Task;
            }

            Assert.False(_process.HasExited, $"exit code {(_process.HasExited ? _process.ExitCode : 0)} after:\n{Said}");
            await more.WaitAsync(limit.Token);
        }
    }

    /// <summary>Its exit code.</summary>
    public async Task<int> EndsAsync()
    {
        await _process.WaitForExitAsync(TestContext.Current.CancellationToken).WaitAsync(Long, TestContext.Current.CancellationToken);
        return _process.ExitCode;
    }

    /// <summary>Completes when a signal has stopped it.</summary>
    public async Task IsStoppedAsync()
    {
        using var look = new PeriodicTimer(TimeSpan.FromMilliseconds(50));
        while (!File.ReadLines($"/proc/{_process.Id}/status").Contains("State:\tT (stopped)"))
            await look.WaitForNextTickAsync(TestContext.Current.CancellationToken);
    }

    /// <summary>Sends signals that arrive in this order: of several that are pending at once, the kernel delivers the lowest first.</summary>
    public async Task SignalInOrderAsync(params IEnumerable<int> signals)
    {
        using var look = new PeriodicTimer(TimeSpan.FromMilliseconds(5));
        foreach (var signal in signals)
        {
            Signal(signal);
            while (!_process.HasExited && Pending(_process.Id, signal)) await look.WaitForNextTickAsync(TestContext.Current.CancellationToken);
        }
    }

    public void Signal(int signal) => Assert.Equal(0, Send(_process.Id, signal));

    public void Dispose()
    {
        if (!_process.HasExited) _process.Kill();
        _process.Dispose();
    }

    private static bool Pending(int process, int signal)
    {
        const string Field = "ShdPnd:";
        try
        {
            var mask = File.ReadLines($"/proc/{process}/status").First(line => line.StartsWith(Field, StringComparison.Ordinal))[Field.Length..].Trim();
            return (ulong.Parse(mask, NumberStyles.HexNumber, CultureInfo.InvariantCulture) >> (signal - 1) & 1) != 0;
        }
        catch (Exception e) when (e is IOException or InvalidOperationException)
        {
            // It has ended.
            return false;
        }
    }

    private void Hear(string? line)
    {
        TaskCompletionSource said;
        lock (_gate)
        {
            if (line is not null) _lines.Add(line);
            (said, _said) = (_said, new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously));
        }

        said.SetResult();
    }

    [DllImport("libc", EntryPoint = "kill")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern int Send(int process, int signal);
}
