using System.CommandLine;
using System.CommandLine.Parsing;
using PipelineRobustness.Cli.League;
using PipelineRobustness.Experiments.Results;
using PipelineRobustness.Experiments.Settings;
using PipelineRobustness.Hosting;

namespace PipelineRobustness.Cli;

/// <summary>The commands. Every error becomes one line and an exit code.</summary>
public static class CommandLine
{
    /// <summary>The program's name.</summary>
    public const string Name = "pipeline-robustness";

    // Their result is what they print, and nothing else.
    private static readonly string[] Printing = ["config", "plan", "scenario"];

    // Their result is what they print, unless they have a folder for it.
    private static readonly string[] PrintingWithoutFolder = ["simulate"];

    /// <summary>Runs a command line.</summary>
    /// <param name="args">The arguments.</param>
    /// <param name="output">Standard output.</param>
    /// <param name="error">Standard error.</param>
    /// <param name="isLost">Whether something printed on standard output was lost.</param>
    /// <returns>The exit code, see <see cref="ExitCode"/>.</returns>
    public static async Task<int> InvokeAsync(IReadOnlyList<string> args, TextWriter output, TextWriter error, Func<bool>? isLost = null)
    {
        var verbose = new Option<bool>("--verbose") { Description = "Print all details of an unexpected error.", Recursive = true };
        var root = new RootCommand("Trains language models through an untrusted pipeline, attacks it and defends it.")
        {
            RunCommand.Make(args, output, error),
            NodeCommand.Make(args, output, error),
            ConfigCommand.Make(output),
            PlanCommand.Make(output),
            SimulateCommand.Make(output),
            LeagueCommand.Make(output),
            LeagueWorkerCommand.Make(Console.In, output),
            ScenarioCommand.Make(output, error),
            CertificatesCommand.Make(output),
            VerifyEvidenceCommand.Make(output, error),
            verbose,
        };
        var parsed = root.Parse(args, new ParserConfiguration { ResponseFileTokenReplacer = null });
        if (WrongUsage.Of(parsed) is { } wrong)
        {
            await error.WriteLineAsync($"{Name}: {wrong} (see --help)").ConfigureAwait(false);
            return ExitCode.BadSettings;
        }

        return await PipelineProgram.RunAsync(Name, RunAsync, error, Describe).ConfigureAwait(false);

        async Task<int> RunAsync()
        {
            // Signals (InterruptSignals, NodeSignals) and exceptions are handled here.
            var invocation = new InvocationConfiguration
            {
                Output = output,
                Error = error,
                EnableDefaultExceptionHandler = false,
                ProcessTerminationTimeout = null,
            };
            var code = await parsed.InvokeAsync(invocation).ConfigureAwait(false);
            return code == ExitCode.Done && PrintsItsResult(parsed) && isLost?.Invoke() == true ? ExitCode.Failed : code;
        }

        string Describe(Exception e) => e is FolderTakenException or NotSavedException ? e.Message
            : parsed.GetValue(verbose) ? e.ToString()
            : $"{e.GetType().Name}: {OneLine.Of(e.Message, 300)} (see --verbose)";
    }

    // The action is not the command's where an option asks for another: --help, --version.
    private static bool PrintsItsResult(ParseResult parsed)
    {
        var command = parsed.CommandResult.Command;
        return parsed.Action != command.Action || Printing.Contains(command.Name) || IsGiven(RunCommand.JsonName)
            || (PrintingWithoutFolder.Contains(command.Name) && !IsGiven("--out"));

        bool IsGiven(string option) => parsed.GetResult(option) is OptionResult { Implicit: false };
    }
}
