using System.CommandLine;
using PipelineRobustness.Experiments.Settings;
using PipelineRobustness.Models;

namespace PipelineRobustness.Benchmarks;

/// <summary>The commands and their exit codes: 0 every goal that could be judged is met, 1 one is missed, 2 bad command line.</summary>
public static class CommandLine
{
    /// <summary>A goal is missed, or something unexpected happened.</summary>
    public const int Missed = 1;

    /// <summary>The command line is wrong; nothing was started.</summary>
    public const int BadSettings = 2;

    private const string Default = "throughput";

    /// <summary>Runs a command line; without a command it is the one of <c>throughput</c>.</summary>
    public static int Invoke(string[] args, TextWriter output, TextWriter error)
    {
        var root = new RootCommand($"Measures the pipeline against a plain loop, in one run, interleaved. Without a COMMAND: {Default}.")
        {
            ThroughputCommand.Make(output, error),
            CopiesCommand.Make(output, error),
            OverheadCommand.Make(output, error),
            SoakCommand.Make(output, error),
            FuzzCommand.Make(output),
            FlipsCommand.Make(output),
            FuzzFramesCommand.Make(output),
            LaneCommand.Make(output, error),
            SimulationCommand.Make(output, error),
            ScaleCommand.Make(output, error),
            MemoryCommand.Make(output),
            PeakCommand.Make(output),
            MemoryOfRunCommand.Make(output),
        };
        foreach (var command in RoundTripCommand.Make(output, error)) root.Subcommands.Add(command);
        var parsed = root.Parse(WithCommand(args), new ParserConfiguration { ResponseFileTokenReplacer = null });
        if (parsed.Errors.Count > 0)
        {
            error.WriteLine($"benchmarks: {OneLine.Of(parsed.Errors[0].Message, 300)} (--help tells more)");
            return BadSettings;
        }

        try
        {
            return parsed.Invoke(new InvocationConfiguration { Output = output, Error = error, EnableDefaultExceptionHandler = false });
        }
        catch (BadInputException e)
        {
            error.WriteLine($"benchmarks: {e.Message}");
            return BadSettings;
        }
    }

    private static string[] WithCommand(string[] args)
    {
        string[] ofRoot = ["--help", "-h", "-?", "/h", "/?", "--version"];
        var namesNone = args.Length == 0 || (args[0].StartsWith('-') && !ofRoot.Contains(args[0]));
        return namesNone ? [Default, .. args] : args;
    }
}
