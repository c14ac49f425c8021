using System.CommandLine;
using Microsoft.Extensions.Logging;
using PipelineRobustness.Cli.Progress;
using PipelineRobustness.Experiments.Results;
using PipelineRobustness.Experiments.Runs;
using PipelineRobustness.Hosting;
using PipelineRobustness.Models;
using PipelineRobustness.Models.Text.Corpora;

namespace PipelineRobustness.Cli;

/// <summary><c>run FILE.conf</c>: trains every run and writes the results.</summary>
internal sealed class RunCommand
{
    /// <summary>The option that prints the results in a form for programs.</summary>
    public const string JsonName = "--json";

    private readonly ExperimentOptions _options = new();
    private readonly Option<string?> _out = new("--out")
    {
        Description = "The output folder; by default out/FILE-SEED, with a number if that exists.",
        HelpName = "DIR",
    };
    private readonly Option<bool> _quiet = new("--quiet") { Description = "Print nothing but errors." };
    private readonly Option<bool> _json = new(JsonName)
    {
        Description = "Print experiment.json on standard output at the end; progress goes to standard error.",
    };
    private readonly Option<bool> _resume = new("--resume")
    {
        Description = "Resume the same experiment in its output folder; finished runs stay as they are.",
    };
    private readonly Option<string?> _audits = new("--audits")
    {
        Description = "Audit what an earlier experiment audited: its events.jsonl (defence.audit.secret = random).",
        HelpName = "FILE",
    };
    private readonly LogLevelOption _logLevel = new();
    private readonly string _command;
    private readonly TextWriter _output;
    private readonly TextWriter _error;
    private readonly TimeProvider _clock = TimeProvider.System;

    private RunCommand(IEnumerable<string> args, TextWriter output, TextWriter error)
    {
        _command = ShellWords.Join(args.Where(a => a != _resume.Name));
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
        command.Options.Add(run._resume);
        command.Options.Add(run._audits);
        run._logLevel.AddTo(command);
        command.SetAction((parsed, _) => run.InvokeAsync(parsed));
        return command;
    }

    private async Task<int> InvokeAsync(ParseResult parsed)
    {
        var (json, quiet) = (parsed.GetValue(_json), parsed.GetValue(_quiet));
        var writer = quiet ? TextWriter.Null : json ? _error : _output;
        var (named, resume) = (parsed.GetValue(_out), parsed.GetValue(_resume));
        var logging = _logLevel.Read(parsed);
        if (resume && named is null)
            throw new BadInputException("--resume: expected the folder to resume (--out DIR), found none");
        if (named is not null) ExperimentFolder.ThrowIfInUse(named);

        using var prepared = PreparedExperiment.Prepare(_options.Read(parsed), CorpusEnvironment.ForUser(new LineSink(writer))).WithTensors();
        var experiment = parsed.GetValue(_audits) is { } audits ? prepared.WithAuditsOf(audits) : prepared;
        using var folder = named is { } path
            ? ExperimentFolder.Open(path, resume)
            : ExperimentFolder.OpenFresh(experiment.Settings.Title, experiment.Settings.Seed);
        var before = resume ? EarlierResults.Read(experiment, folder) : EarlierResults.Nothing;
        foreach (var line in Header.Of(experiment, folder))
            await writer.WriteLineAsync(line).ConfigureAwait(false);

        if (!quiet)
            await writer.WriteLineAsync(ExpectedTime.Of(experiment, before, _clock)).ConfigureAwait(false);

        var result = await TrainAsync(experiment, folder, before, logging, writer).ConfigureAwait(false);
        var trouble = await Summary.WriteAsync(result, experiment, folder, writer, quiet ? _error : writer).ConfigureAwait(false);
        if (result.Status == "interrupted")
        {
            var where = named is null ? $" {_out.Name} {ShellWords.Join([folder.Root])}" : "";
            await writer.WriteLineAsync($"to resume: {TypedCommand.Of($"{_command}{where} {_resume.Name}")}").ConfigureAwait(false);
        }

        if (json)
            await _output.WriteAsync(ExperimentJson.Text(result)).ConfigureAwait(false);

        return ResultText.ExitCodeOf(result, trouble);
    }

    private async Task<ExperimentResult> TrainAsync(
        PreparedExperiment experiment, ExperimentFolder folder, EarlierResults before, Action<ILoggingBuilder> logging, TextWriter writer)
    {
        using var signals = new InterruptSignals();
        var runner = new ExperimentRunner((run, events, interrupt) => PipelineHost.RunAsync(run, events, logging, interrupt), _clock, RunParts.Store);
        Task<ExperimentResult> Work(IExperimentObserver observer) =>
            runner.RunAsync(experiment, folder, _command, observer, signals.Token, before);
        var console = Consoles.Over(writer);
        return console.Profile is { Out.IsTerminal: true, Capabilities.Interactive: true }
            ? await LiveProgress.ShowAsync(experiment, console, _clock, Work).ConfigureAwait(false)
            : await Work(new LineProgress(experiment, writer, _clock)).ConfigureAwait(false);
    }
}
