using System.CommandLine;
using PipelineRobustness.Experiments;
using PipelineRobustness.Pipeline;

namespace PipelineRobustness.Cli;

/// <summary><c>run FILE.conf</c>: trains every run and writes the results.</summary>
internal sealed class RunCommand
{
    private readonly ExperimentOptions _options = new();
    private readonly Option<string?> _out = new("--out")
    {
        Description = "The output folder; without it, out/FILE-SEED, numbered where that exists.",
        HelpName = "DIR",
    };
    private readonly Option<bool> _quiet = new("--quiet") { Description = "Print nothing but errors." };
    private readonly Option<bool> _json = new("--json")
    {
        Description = "Print experiment.json on standard output at the end; progress goes to standard error.",
    };
    private readonly string _command;
    private readonly TextWriter _output;
    private readonly TextWriter _error;
    private readonly TimeProvider _clock = TimeProvider.System;

    private RunCommand(IEnumerable<string> args, TextWriter output, TextWriter error)
    {
        _command = ShellWords.Join(args);
        _output = output;
        _error = error;
    }

    public static Command Make(IReadOnlyList<string> args, TextWriter output, TextWriter error)
    {
        var run = new RunCommand(args, output, error);
        var command = new Command("run", "Run an experiment: train, attack and defend, and write table, plots and report.");
        run._options.AddTo(command);
        command.Options.Add(run._out);
        command.Options.Add(run._quiet);
        command.Options.Add(run._json);
        command.SetAction((parsed, _) => run.InvokeAsync(parsed));
        return command;
    }

    private async Task<int> InvokeAsync(ParseResult parsed)
    {
        var experiment = PreparedExperiment.Prepare(_options.Read(parsed));
        var folder = parsed.GetValue(_out) is { } path
            ? ExperimentFolder.Open(path)
            : ExperimentFolder.OpenFresh(experiment.Settings.Title, experiment.Settings.Seed);
        var (json, quiet) = (parsed.GetValue(_json), parsed.GetValue(_quiet));
        var writer = quiet ? TextWriter.Null : json ? _error : _output;
        foreach (var line in Opening.Of(experiment, folder))
            await writer.WriteLineAsync(line).ConfigureAwait(false);

        var result = await TrainAsync(experiment, folder, writer).ConfigureAwait(false);
        ReportPage.Write(result, experiment, folder);
        await CloseAsync(result, folder, writer, quiet).ConfigureAwait(false);
        if (json)
            await _output.WriteAsync(ExperimentJson.Text(result)).ConfigureAwait(false);

        return Outcome.ExitCodeOf(result);
    }

    private async Task<ExperimentResult> TrainAsync(PreparedExperiment experiment, ExperimentFolder folder, TextWriter writer)
    {
        using var interrupts = new Interrupts();
        var runner = new ExperimentRunner(PipelineHost.RunAsync, _clock);
        Task<ExperimentResult> Work(IExperimentObserver observer) =>
            runner.RunAsync(experiment, folder, _command, observer, interrupts.Token);
        var console = Consoles.Over(writer);
        return console.Profile is { Out.IsTerminal: true, Capabilities.Interactive: true }
            ? await LiveProgress.ShowAsync(experiment.Settings, console, _clock, Work).ConfigureAwait(false)
            : await Work(new LineProgress(experiment.Settings, writer, _clock)).ConfigureAwait(false);
    }

    private async Task CloseAsync(ExperimentResult result, ExperimentFolder folder, TextWriter writer, bool quiet)
    {
        var console = Consoles.Over(writer);
        console.Write(ClosingTable.Of(result, console.Profile.Width));
        foreach (var failed in result.Runs.Where(r => r.Status == RunStatus.Failed))
            await (quiet ? _error : writer).WriteLineAsync($"run {failed.Settings.Name} failed: {failed.Reason}").ConfigureAwait(false);

        await writer.WriteLineAsync($"report: {folder.Report}").ConfigureAwait(false);
        await writer.WriteLineAsync(Outcome.Of(result)).ConfigureAwait(false);
    }
}
