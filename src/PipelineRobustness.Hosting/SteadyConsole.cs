using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;
using PipelineRobustness.Models.Files;

namespace PipelineRobustness.Hosting;

/// <summary>
/// Standard output and error of a process whose work matters more than what it prints: whatever becomes of them (a full disk, a closed
/// descriptor, a terminal that has gone), nothing that is printed fails. Everything that prints in this process is included, loggers too.
/// </summary>
public sealed class SteadyConsole
{
    private const int Input = 0, Output = 1, Error = 2;
    private const int GetFlags = 1;   // F_GETFD
    private const int ClosedOnExec = 1;   // FD_CLOEXEC

    // What stands in for descriptors that were closed at the start: a file opened later must not get such a number, and with it what
    // native code prints.
    private static readonly List<SafeFileHandle> Reserved = [];

    private SteadyConsole()
    {
    }

    /// <summary>Whether something printed on standard output was lost. That its reader has gone, as with <c>| head</c>, is no loss.</summary>
    public bool OutputFailed { get; private set; }

    /// <summary>Replaces the process's standard output and error. To be called first of all.</summary>
    /// <param name="name">The program's name, for the one line on standard error that tells of standard output's trouble.</param>
    public static SteadyConsole Take(string name)
    {
        var console = new SteadyConsole();
        var (output, error) = (Open(Output, Console.OpenStandardOutput), Open(Error, Console.OpenStandardError));
        Reserve();
        var errors = new SteadyStream(error, _ => { });
        Console.SetError(Writer(errors));
        Console.SetOut(Writer(new SteadyStream(output, trouble =>
        {
            console.OutputFailed = true;
            // Past the writer: its lock is held by threads that wait for standard output's, which every stream of the console takes.
            errors.Write(Console.OutputEncoding.GetBytes(
                $"{name}: standard output cannot be written: {UserFile.Why(trouble).ReplaceLineEndings(" ")}{Environment.NewLine}"));
        })));
        Signals.FailLargeWrites();
        return console;
    }

    private static StreamWriter Writer(Stream stream) => new(stream, Console.OutputEncoding) { AutoFlush = true };

    private static Stream? Open(int descriptor, Func<Stream> open) => WasClosed(descriptor) ? null : open();

    // What was inherited is not closed on exec; what the runtime has opened since the start is.
    private static bool WasClosed(int descriptor) =>
        OperatingSystem.IsLinux() && Control(descriptor, GetFlags) is var flags && (flags < 0 || (flags & ClosedOnExec) != 0);

    private static void Reserve()
    {
        if (!OperatingSystem.IsLinux()) return;
        while (((int[])[Input, Output, Error]).Any(descriptor => Control(descriptor, GetFlags) < 0))
            Reserved.Add(File.OpenHandle("/dev/null", FileMode.Open, FileAccess.ReadWrite, FileShare.ReadWrite));
    }

    [DllImport("libc", EntryPoint = "fcntl")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern int Control(int descriptor, int command);

    // Tells of the first failure, and tries again each time: a disk may have room again. Null is a stream that was closed at the start.
    private sealed class SteadyStream(Stream? stream, Action<Exception> fails) : Stream
    {
        // 0 until the first failure, then 1.
        private int _hasFailed;

        public override bool CanRead => false;

        public override bool CanSeek => false;

        public override bool CanWrite => true;

        public override long Length => throw new NotSupportedException();

        public override long Position
        {
            get => throw new NotSupportedException();
            set => throw new NotSupportedException();
        }

        public override void Write(ReadOnlySpan<byte> buffer)
        {
            if (buffer.IsEmpty) return;
            try
            {
                if (stream is null) throw new IOException("it is closed");
                stream.Write(buffer);
            }
            catch (Exception e) when (UserFile.IsRefusal(e))
            {
                if (Interlocked.Exchange(ref _hasFailed, 1) == 0) fails(e);
            }
        }

        public override void Write(byte[] buffer, int offset, int count) => Write(buffer.AsSpan(offset, count));

        // The console's own streams keep nothing back.
        public override void Flush()
        {
        }

        public override int Read(byte[] buffer, int offset, int count) => throw new NotSupportedException();

        public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

        public override void SetLength(long value) => throw new NotSupportedException();
    }
}
