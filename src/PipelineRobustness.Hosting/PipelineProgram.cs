using PipelineRobustness.Models;
using PipelineRobustness.Pipeline.Cluster;
using PipelineRobustness.Pipeline.Nodes;

namespace PipelineRobustness.Hosting;

/// <summary>
/// The outermost part of a program that runs experiments. Every error becomes one line on standard error and an <see cref="ExitCode"/>.
/// </summary>
public static class PipelineProgram
{
    /// <summary>Runs a program of one's own. What it prints never fails (<see cref="SteadyConsole"/>).</summary>
    /// <param name="name">The program's name, which begins the line of an error.</param>
    /// <param name="program">What it does.</param>
    /// <returns>
    /// Its exit code; <see cref="ExitCode.BadSettings"/> after a <see cref="BadInputException"/>, <see cref="ExitCode.Failed"/> after another one.
    /// </returns>
    public static Task<int> RunAsync(string name, Func<Task<int>> program)
    {
        SteadyConsole.Take(name);
        return RunAsync(name, program, Console.Error, Lines.First);
    }

    /// <summary>The same for a program that is a node of a cluster: the reason for which the node ended is printed.</summary>
    /// <inheritdoc cref="RunAsync(string, Func{Task{int}})"/>
    public static Task<int> RunAsync(string name, Func<Task<NodeEnd>> program)
    {
        ArgumentNullException.ThrowIfNull(program);
        return RunAsync(name, async () => End(name, await program().ConfigureAwait(false), Console.Out, Console.Error));
    }

    /// <summary>Runs a program that has taken the console itself.</summary>
    /// <param name="name">The program's name.</param>
    /// <param name="program">What it does.</param>
    /// <param name="error">Standard error.</param>
    /// <param name="describe">What is said of an error that is not a <see cref="BadInputException"/>.</param>
    /// <returns>The exit code.</returns>
    public static async Task<int> RunAsync(string name, Func<Task<int>> program, TextWriter error, Func<Exception, string> describe)
    {
        ArgumentNullException.ThrowIfNull(program);
        ArgumentNullException.ThrowIfNull(error);
        ArgumentNullException.ThrowIfNull(describe);
        try
        {
            return await program().ConfigureAwait(false);
        }
        catch (BadInputException e)
        {
            await error.WriteLineAsync($"{name}: {e.Message}").ConfigureAwait(false);
            return ExitCode.BadSettings;
        }
        catch (Exception e)
        {
            await error.WriteLineAsync($"{name}: {describe(e)}").ConfigureAwait(false);
            return ExitCode.Failed;
        }
    }

    /// <summary>Prints why a node ended, as an error unless it was asked to leave.</summary>
    /// <param name="name">The program's name.</param>
    /// <param name="end">How the node ended.</param>
    /// <param name="output">Standard output.</param>
    /// <param name="error">Standard error.</param>
    /// <returns>The exit code.</returns>
    public static int End(string name, NodeEnd end, TextWriter output, TextWriter error)
    {
        ArgumentNullException.ThrowIfNull(end);
        ArgumentNullException.ThrowIfNull(output);
        ArgumentNullException.ThrowIfNull(error);
        if (end is { Kind: NodeEndKind.Left, Reason: { } left }) output.WriteLine(left);
        else if (end.Reason is { } reason) error.WriteLine($"{name}: {reason}");
        return ExitCode.Of(end);
    }
}
