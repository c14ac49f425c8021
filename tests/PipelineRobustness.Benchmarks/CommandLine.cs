using System.CommandLine;
using PipelineRobustness.Experiments.Settings;
using PipelineRobustness.Models;

namespace PipelineRobustness.Benchmarks;

/// <summary>The commands and their exit codes: 0 if every judged goal is met, 1 if one is missed, 2 for a bad command line.</summary>
public static class CommandLine
{
    /// <summary>The exit code if a goal is missed or an unexpected error occurs.</summary>
    public const int Missed = 1;

    /// <summary>The exit code for a bad command line.</summary>
    public const int BadSettings = 2;

    private const string Default = "throughput";

    /// <summary>Runs a command line; the default command is <c>throughput</c>.</summary>
    public static int Invoke(string[] args, TextWriter output, TextWriter error)
    {
        var root = new RootCommand($"Compares the pipeline with a plain loop in interleaved measurements. Default command: {Default}.")
        {
            ThroughputCommand.Make(output, error),
            CopiesCommand.Make(output, error),
            OverheadCommand.Make(output, error),
            SoakCommand.Make(output, error),
            FuzzCommand.Make(output),
            FlipsCommand.Make(output),
            FlipsCommand.OfEvidence(output),
            FuzzFramesCommand.Make(output),
            DetectorsCommand.Make(output, error),
            AttackersCommand.Make(output, error),
            RefereeCommand.Make(output, error),
            RefereeModelCommand.Make(output),
            AuditsCommand.Make(output),
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
            error.WriteLine($"benchmarks: {OneLine.Of(parsed.Errors[0].Message, 300)} (see --help)");
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
        string[] rootOptions = ["--help", "-h", "-?", "/h", "/?", "--version"];
        var hasNoCommand = args.Length == 0 || (args[0].StartsWith('-') && !rootOptions.Contains(args[0]));
        return hasNoCommand ? [Default, .. args] : args;
    }
}
