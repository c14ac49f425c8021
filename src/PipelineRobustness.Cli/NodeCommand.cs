using System.CommandLine;
using PipelineRobustness.Cli.Progress;
using PipelineRobustness.Experiments.Report;
using PipelineRobustness.Experiments.Results;
using PipelineRobustness.Experiments.Runs;
using PipelineRobustness.Experiments.Scenarios;
using PipelineRobustness.Models;
using PipelineRobustness.Models.Text.Corpora;
using PipelineRobustness.Pipeline.Cluster;
using PipelineRobustness.Pipeline.Running;

namespace PipelineRobustness.Cli;

/// <summary><c>node FILE.conf --out DIR</c>: this process as one of several nodes that work an experiment together.</summary>
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
        Description = "Go on in the output folder where the same experiment was stopped there; runs that are done stay.",
    };
    private readonly string _command;
    private readonly TextWriter _error;
    private readonly TimeProvider _clock = TimeProvider.System;
    private TextWriter _writer;

    private NodeCommand(IEnumerable<string> args, TextWriter output, TextWriter error)
    {
        _command = ShellWords.Join(args.Where(a => a != _resume.Name));
        _writer = TextWriter.Synchronized(output);
        _error = error;
    }

    public static Command Make(IReadOnlyList<string> args, TextWriter output, TextWriter error)
    {
        var node = new NodeCommand(args, output, error);
        var command = new Command("node", "Be one of several nodes that run an experiment together, each a process of its own.");
        node._experiment.AddTo(command);
        foreach (var option in (Option[])[node._out, node._quiet, node._resume])
            command.Options.Add(option);

        node._node.AddTo(command);
        command.SetAction((parsed, _) => node.InvokeAsync(parsed));
        return command;
    }

    private async Task<int> InvokeAsync(ParseResult parsed)
    {
        if (parsed.GetValue(_quiet))
            _writer = TextWriter.Null;

        var (path, resume) = (parsed.GetValue(_out)!, parsed.GetValue(_resume));
        var settings = _experiment.Read(parsed, _node.Settings(parsed));
        var trouble = _node.Trouble(parsed);
        if (settings.Cluster.Warning is { } warning)
            await _error.WriteLineAsync($"warning: {warning}").ConfigureAwait(false);

        ExperimentFolder.ThrowIfClosed(path);
        using var experiment = PreparedExperiment.Prepare(settings, CorpusEnvironment.ForUser(new LineSink(_writer))).WithTensors();
        trouble.Scenario?.ThrowIfOutside(experiment);
        var catalog = new RunCatalog(experiment, ExperimentFolder.At(path), _clock, RunLaunch.Store);
        var ready = _node.Ready(parsed);
        trouble.Scenario?.Begin(ExperimentNode.Name(settings.Cluster), experiment, ExperimentFolder.At(path), _clock, _writer.WriteLine);
        using var signals = new NodeSignals();
        Task<ExperimentEnd?> Drive(IServerLeadership seat) => DriveAsync(seat, experiment, path, resume, trouble.Scenario);
        var node = await ExperimentNode.StartAsync(experiment, catalog, trouble, _writer.WriteLine, Drive).ConfigureAwait(false);
        NodeEnd end;
        await using (node.ConfigureAwait(false))
        {
            signals.Node = node;
            if (!node.Ended.IsCompleted)
            {
                trouble.Scenario?.Joined();
                ready();
            }

            end = await node.Ended.ConfigureAwait(false);
        }

        await TellAsync(end).ConfigureAwait(false);
        return end.Kind switch
        {
            NodeEndKind.Over => end.ExitCode,
            NodeEndKind.Left => ExitCode.Done,
            NodeEndKind.Refused => ExitCode.BadSettings,
            NodeEndKind.CutOff => ExitCode.CutOff,
            _ => ExitCode.NotJoined,
        };
    }

    private Task TellAsync(NodeEnd end) => end.Reason is not { } reason ? Task.CompletedTask
        : end is { Kind: NodeEndKind.Left } ? _writer.WriteLineAsync(reason)
        : _error.WriteLineAsync($"pipeline-robustness: {reason}");

    private async Task<ExperimentEnd?> DriveAsync(
        IServerLeadership seat, PreparedExperiment experiment, string path, bool resume, RealScenario? scenario)
    {
        try
        {
            scenario?.BecameServer();
            var joined = seat.Continues;
            var goesOn = resume || joined;

            // The process of the server before may only be paused, with the folder's files open.
            using var folder = joined ? ExperimentFolder.At(path) : ExperimentFolder.Open(path, resume);
            folder.Claim(experiment.Settings.Cluster.Name);
            scenario?.Open(folder, goesOn);
            var before = goesOn ? EarlierResults.Read(experiment, folder) : EarlierResults.Nothing;
            if (!joined)
            {
                foreach (var line in Opening.Of(experiment, folder, scenario?.Title))
                    await _writer.WriteLineAsync(line).ConfigureAwait(false);
            }

            var runner = new ExperimentRunner(seat.RunAsync, _clock, RunLaunch.Store);
            var progress = new LineProgress(experiment, _writer, _clock);
            var result = await runner.RunAsync(experiment, folder, _command, progress, seat.Interrupt, before).ConfigureAwait(false);
            ReportPage.Write(result, experiment, folder);
            await Closing.TellAsync(result, folder, _writer, _writer).ConfigureAwait(false);
            var failed = result.Runs.FirstOrDefault(r => r.Status == RunStatus.Failed);
            return new ExperimentEnd(Outcome.ExitCodeOf(result), failed is null ? null : $"run {failed.Settings.Name} failed: {failed.Reason}");
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
