using System.Diagnostics;
using System.Reflection;

namespace PipelineRobustness.Benchmarks;

/// <summary>This program in a process of its own, for what belongs to a process.</summary>
internal static class ChildProcess
{
    /// <summary>Runs a command line.</summary>
    /// <returns>What it wrote.</returns>
    /// <exception cref="InvalidOperationException">It failed.</exception>
    public static string Run(params IEnumerable<string> arguments)
    {
        using var child = Start(arguments);
        var told = child.StandardOutput.ReadToEnd();
        child.WaitForExit();
        return child.ExitCode == 0
            ? told
            : throw new InvalidOperationException($"the child process ended with exit code {child.ExitCode}");
    }

    /// <summary>Starts a command line; what it writes is read from the process, and it ends when what it reads does.</summary>
    public static Process Start(params IEnumerable<string> arguments)
    {
        var start = new ProcessStartInfo(Environment.ProcessPath!) { RedirectStandardOutput = true, RedirectStandardInput = true };
        if (Path.GetFileNameWithoutExtension(start.FileName) == "dotnet")
            start.ArgumentList.Add(Assembly.GetExecutingAssembly().Location);
        foreach (var argument in arguments) start.ArgumentList.Add(argument);
        return Process.Start(start)!;
    }
}
