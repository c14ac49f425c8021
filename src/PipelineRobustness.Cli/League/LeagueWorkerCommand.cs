using System.CommandLine;
using PipelineRobustness.Experiments.League;
using PipelineRobustness.Hosting;
using PipelineRobustness.Models.Text.Corpora;

namespace PipelineRobustness.Cli.League;

/// <summary><c>league-worker FILE.conf --out DIR</c>: works cells of a league as the process that started it says. For no other caller.</summary>
internal static class LeagueWorkerCommand
{
    private const string Name = "league-worker", OutName = "--out";

    /// <summary>Starts this program as a worker, or the one that it is part of.</summary>
    public static WorkerProcess Start(string file, string folder)
    {
        var program = Environment.ProcessPath!;
        string[] self = Path.GetFileNameWithoutExtension(program) == "dotnet" ? [Environment.GetCommandLineArgs()[0]] : [];
        return WorkerProcess.Start(program, [.. self, Name, file, OutName, folder]);
    }

    public static Command Make(TextReader input, TextWriter output)
    {
        var (file, folder) = (LeagueCommand.File(), new Option<string>(OutName) { Required = true });
        var command = new Command(Name, "Work cells of a league.") { file, folder };
        command.Hidden = true;
        command.SetAction(async (parsed, _) =>
        {
            // A terminal sends SIGINT to all its processes; which cell is the last, the one that started this one says.
            using var signals = new InterruptSignals();
            var league = LeagueReader.Read(parsed.GetValue(file)!);
            var work = new CellWork(
                league, parsed.GetValue(folder)!, (run, events, interrupt) => PipelineHost.RunAsync(run, events, interrupt), TimeProvider.System,
                CorpusEnvironment.ForUser(new LineSink(TextWriter.Null)));
            await WorkerLoop.RunAsync(league, work, input, output).ConfigureAwait(false);
            return ExitCode.Done;
        });
        return command;
    }
}
