using System.Diagnostics;
using System.Reflection;

namespace PipelineRobustness.Benchmarks;

/// <summary>Runs this program in a child process, for per-process measurements.</summary>
internal static class ChildProcess
{
    /// <summary>Runs a command line to its end.</summary>
    /// <returns>Its output.</returns>
    /// <exception cref="InvalidOperationException">It failed.</exception>
    public static string Run(params IEnumerable<string> arguments)
    {
        using var child = Start(arguments);
        var output = child.StandardOutput.ReadToEnd();
        child.WaitForExit();
        return child.ExitCode == 0
            ? output
            : throw new InvalidOperationException($"the child process ended with exit code {child.ExitCode}");
    }

    /// <summary>Starts a command line with redirected input and output; the process ends when its input is closed.</summary>
    public static Process Start(params IEnumerable<string> arguments)
    {
        var start = new ProcessStartInfo(Environment.ProcessPath!) { RedirectStandardOutput = true, RedirectStandardInput = true };
        if (Path.GetFileNameWithoutExtension(start.FileName) == "dotnet")
            start.ArgumentList.Add(Assembly.GetExecutingAssembly().Location);
        foreach (var argument in arguments) start.ArgumentList.Add(argument);
        return Process.Start(start)!;
    }
}
