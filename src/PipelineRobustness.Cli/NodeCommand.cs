using System.CommandLine;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using PipelineRobustness.Cli.Progress;
using PipelineRobustness.Experiments.Results;
using PipelineRobustness.Experiments.Runs;
using PipelineRobustness.Hosting;
using PipelineRobustness.Models;
using PipelineRobustness.Models.Text.Corpora;
using PipelineRobustness.Pipeline.Cluster;
using PipelineRobustness.Pipeline.Running;

namespace PipelineRobustness.Cli;

/// <summary><c>node FILE.conf --out DIR</c>: this process as one of several nodes that run an experiment together.</summary>
internal sealed class NodeCommand
{
    private readonly ExperimentOptions _experiment = new();
    private readonly NodeOptions _node = new();
    private readonly Option<string> _out = new("--out")
    {
        Description = "The output folder, which all nodes see: results, checkpoints, and weights that later runs start with.",
        HelpName = "DIR",
        Required = true,
    };
    private readonly Option<bool> _quiet = new("--quiet") { Description = "Print nothing but errors." };
    private readonly Option<bool> _resume = new("--resume")
    {
        Description = "Resume the same experiment in its output folder; finished runs stay as they are.",
    };
    private readonly LogLevelOption _logLevel = new();
    private readonly string _command;
    private readonly TextWriter _error;
    private readonly TimeProvider _clock = TimeProvider.System;
    private TextWriter _writer;

    // Once true, always: a further leadership of this process continues what an earlier one began.
    private bool _hasOpened;

    private NodeCommand(IEnumerable<string> args, TextWriter output, TextWriter error)
    {
        _command = ShellWords.Join(args.Where(a => a != _resume.Name));
        _writer = TextWriter.Synchronized(output);
        _error = error;
    }

    public static Command Make(IReadOnlyList<string> args, TextWriter output, TextWriter error)
    {
        var node = new NodeCommand(args, output, error);
        var command = new Command(
            "node",
            "Join this process to a cluster that runs an experiment. Exit code 6: cut off from the others, 7: could not join, 8: quarantined by a referee.");
        node._experiment.AddTo(command);
        foreach (var option in (Option[])[node._out, node._quiet, node._resume]) command.Options.Add(option);
        node._logLevel.AddTo(command);
        node._node.AddTo(command);
        command.SetAction((parsed, _) => node.InvokeAsync(parsed));
        return command;
    }

    private async Task<int> InvokeAsync(ParseResult parsed)
    {
        if (parsed.GetValue(_quiet)) _writer = TextWriter.Null;
        var (path, resume) = (parsed.GetValue(_out)!, parsed.GetValue(_resume));
        var logging = _logLevel.Read(parsed);
        var settings = _experiment.Read(parsed, _node.Settings(parsed));
        var failure = _node.Failure(parsed);
        if (settings.Cluster.Warning is { } warning) await _error.WriteLineAsync($"warning: {warning}").ConfigureAwait(false);
        // A node that joins others uses their folder.
        if (settings.Cluster.SeedNodes.Count == 0) ExperimentFolder.ThrowIfInUse(path);
        ExperimentFolder.ThrowIfClosed(path);
        using var experiment = PreparedExperiment.Prepare(settings, CorpusEnvironment.ForUser(new LineSink(_writer))).WithTensors();
        failure.Scenario?.ThrowIfOutside(experiment);
        var ready = _node.Ready(parsed, _error.WriteLine);
        using var folder = ExperimentFolder.At(path);
        failure.Scenario?.Begin(ExperimentNode.Name(settings.Cluster), experiment, folder, _clock, _writer.WriteLine);
        var host = Build(experiment, folder, resume, failure, logging);
        var end = await host.RunPipelineNodeAsync(() =>
        {
            failure.Scenario?.Joined();
            ready();
        }).ConfigureAwait(false);
        return PipelineProgram.End(CommandLine.Name, end, _writer, _error);
    }

    private IHost Build(
        PreparedExperiment experiment, ExperimentFolder folder, bool resume, NodeFailure failure, Action<ILoggingBuilder> logging)
    {
        var catalog = new RunCatalog(experiment, folder, _clock, RunParts.Store);
        var builder = Host.CreateEmptyApplicationBuilder(settings: null);
        logging(builder.Logging);
        builder.Services.AddPipelineNode(
            ExperimentNode.Options(experiment, catalog, _writer.WriteLine), new SharingRuns(failure.Over(catalog), folder), catalog.Plans,
            leadership => DriveAsync(leadership, experiment, folder.Root, resume, failure));
        return builder.Build();
    }

    private async Task<ExperimentEnd?> DriveAsync(
        IServerLeadership leadership, PreparedExperiment experiment, string path, bool resume, NodeFailure failure)
    {
        var scenario = failure.Scenario;
        try
        {
            scenario?.BecameServer();
            var takesOver = leadership.Continues || _hasOpened;
            var continues = resume || takesOver;

            // The earlier leader's process may only be paused, and still have the folder's files open.
            using var folder = takesOver ? ExperimentFolder.At(path) : ExperimentFolder.Open(path, resume);
            folder.Share();
            _hasOpened = true;
            folder.Claim(experiment.Settings.Cluster.Name);
            scenario?.Open(folder, continues);
            var before = continues ? EarlierResults.Read(experiment, folder) : EarlierResults.Nothing;
            if (!takesOver)
            {
                foreach (var line in Header.Of(experiment, folder, scenario?.Title))
                    await _writer.WriteLineAsync(line).ConfigureAwait(false);
            }

            var runner = new ExperimentRunner(failure.Over(leadership.RunAsync), _clock, RunParts.Store);
            var progress = new LineProgress(experiment, _writer, _clock);
            var result = await runner.RunAsync(experiment, folder, _command, progress, leadership.Interrupt, before).ConfigureAwait(false);
            var trouble = await Summary.WriteAsync(result, experiment, folder, _writer, _writer).ConfigureAwait(false);
            var failed = result.Runs.FirstOrDefault(r => r.Status == RunStatus.Failed);
            return new ExperimentEnd(
                ResultText.ExitCodeOf(result, trouble), failed is null ? trouble : $"run {failed.Settings.Name} failed: {failed.Reason}");
        }
        catch (FolderTakenException e) when (e.IsGone)
        {
            return new ExperimentEnd(ExitCode.Failed, e.Message);
        }
        catch (FolderTakenException)
        {
            return null;
        }
        catch (BadInputException e)
        {
            return new ExperimentEnd(ExitCode.BadSettings, e.Message);
        }
    }
}
