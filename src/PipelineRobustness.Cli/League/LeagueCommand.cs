using System.CommandLine;
using PipelineRobustness.Experiments.Cost;
using PipelineRobustness.Experiments.League;
using PipelineRobustness.Experiments.Results;
using PipelineRobustness.Experiments.Runs;
using PipelineRobustness.Hosting;
using PipelineRobustness.Models.Text.Corpora;

namespace PipelineRobustness.Cli.League;

/// <summary><c>league FILE.conf</c>: every attacker against every detector.</summary>
internal sealed class LeagueCommand
{
    /// <summary>The exit code where a bar is broken.</summary>
    public const int Broken = 3;

    private const int WorkersMost = 256;

    private readonly Argument<string> _file = File();
    private readonly Option<string?> _out = new("--out")
    {
        Description = "The output folder; by default out/FILE. What is there is kept, and what is missing is worked.",
        HelpName = "DIR",
    };
    private readonly Option<string[]> _only = new("--only")
    {
        Description = "Work these cells alone, and those that they are compared with: detectors=NAME,..., and alike attackers, families and seeds. Repeatable.",
        HelpName = "KIND=NAME,...",
        AllowMultipleArgumentsPerToken = false,
        DefaultValueFactory = _ => [],
    };
    private readonly Option<bool> _again = new("--again") { Description = "Work the cells that are asked for again, although there are results of them." };
    private readonly Option<int> _workers = new("--workers")
    {
        Description = "How many processes work, each on one cell at a time.",
        HelpName = "NUMBER",
        DefaultValueFactory = _ => 2,
    };
    private readonly Option<bool> _quiet = new("--quiet") { Description = "Print broken bars, and nothing else." };
    private readonly TextWriter _output;
    private readonly TimeProvider _clock = TimeProvider.System;

    private LeagueCommand(TextWriter output)
    {
        _output = output;
        _workers.Validators.Add(result =>
        {
            if (result.Tokens.Count > 0 && result.GetValueOrDefault<int>() is < 1 or > WorkersMost)
                result.AddError($"{_workers.Name}: expected 1 to {WorkersMost}, found {result.GetValueOrDefault<int>()}");
        });
    }

    /// <summary>The argument that names the file.</summary>
    public static Argument<string> File() => new("FILE.conf") { Description = "A league's file (docs/league.md): hocon/league.conf, hocon/league-ci.conf." };

    public static Command Make(TextWriter output)
    {
        var league = new LeagueCommand(output);
        var command = new Command(
            "league",
            "Play every attacker against every detector, with every model and seed, and rank the detectors, the worst case first. "
            + "What was interrupted is resumed. Exit code 0: all bars hold, 3: one is broken, 130: interrupted.")
        {
            league._file, league._out, league._only, league._again, league._workers, league._quiet,
        };
        command.SetAction((parsed, _) => league.InvokeAsync(parsed));
        return command;
    }

    private async Task<int> InvokeAsync(ParseResult parsed)
    {
        var writer = parsed.GetValue(_quiet) ? TextWriter.Null : _output;
        var file = parsed.GetValue(_file)!;
        var league = LeagueReader.Read(file);
        var only = new CellFilter(league, parsed.GetValue(_only) ?? []);
        using var experiment = PreparedExperiment.Prepare(
            league.Experiment([.. league.Cells.Where(only.Takes)]), CorpusEnvironment.ForUser(new LineSink(writer))).WithTensors();
        using var folder = ExperimentFolder.Hold(parsed.GetValue(_out) ?? Path.Combine("out", league.Title));
        var json = folder.Full(LeagueJson.FileName);
        var plan = LeaguePlan.Of(
            league, experiment, only, Path.Exists(json) ? LeagueJson.Read(json) : null, parsed.GetValue(_again),
            (parent, identity) => CellWork.HasParent(folder.Root, parent, identity));
        foreach (var line in Opening(league, plan, experiment, parsed.GetValue(_workers)))
            await writer.WriteLineAsync(line).ConfigureAwait(false);

        await writer.WriteLineAsync($"results go to {folder.Root}").ConfigureAwait(false);
        using var signals = new InterruptSignals();
        var progress = new LeagueProgress(plan, writer, _clock, parsed.GetValue(_workers));
        var runner = new LeagueRunner(
            plan, () => LeagueWorkerCommand.Start(file, folder.Root), parsed.GetValue(_workers),
            results => LeagueJson.Save(results, folder));
        var results = await runner.RunAsync(progress.Did, signals.Token).ConfigureAwait(false);
        return await EndAsync(results, folder, writer, signals.Token.IsCancellationRequested).ConfigureAwait(false);
    }

    private async Task<int> EndAsync(LeagueResults results, ExperimentFolder folder, TextWriter writer, bool isInterrupted)
    {
        var bars = LeagueBars.Of(results);
        var console = Consoles.Over(writer);
        console.Write(StandingTable.Of(Standing.Of(results), console.Profile.Width));
        foreach (var bar in bars)
            await (bar.End == BarEnd.Broken ? _output : writer).WriteLineAsync(bar.ToString()).ConfigureAwait(false);

        await writer.WriteLineAsync($"report: {LeaguePage.Write(results, folder)}").ConfigureAwait(false);
        if (isInterrupted) await writer.WriteLineAsync("interrupted: the same command resumes").ConfigureAwait(false);
        return isInterrupted ? ExitCode.Interrupted : bars.Any(bar => bar.End == BarEnd.Broken) ? Broken : ExitCode.Done;
    }

    private IEnumerable<string> Opening(LeagueSettings league, LeaguePlan plan, PreparedExperiment experiment, int workers)
    {
        yield return $"pipeline-robustness {Versions.ShownProgram}";
        yield return $"{league.Title}: {Amount.Of(league.Attackers.Count, "attacker")} and none, {Amount.Of(league.Detectors.Count, "detector")} and none, "
            + $"{Amount.Of(league.Families.Count, "model")}, {Amount.Of(league.Seeds.Count, "seed")}: {Amount.Of(league.Cells.Count(), "cell")}, "
            + $"{Amount.Count(plan.Wanted.Count)} of them wanted, {Amount.Count(plan.Left.Count)} left, "
            + $"{Amount.Of(plan.Parents.Count, "model")} to be trained first";
        if (plan.Left.Count > 0) yield return $"expected: {Expected(plan, experiment, workers)}";
    }

    // By what cells took so far; where there are none, by a short trial, which knows nothing of attacks.
    private string Expected(LeaguePlan plan, PreparedExperiment experiment, int workers)
    {
        if (plan.Begun.Rows.Count > 0)
        {
            var cell = TimeSpan.FromSeconds(plan.Begun.Rows.Average(row => row.CpuSeconds));
            return $"about {Amount.Time(cell * plan.Left.Count / workers)}, by the cells so far";
        }

        var left = plan.Left.Select(cell => cell.Run).Concat(plan.Parents).ToHashSet();
        return Pace.Expected([.. experiment.Runs.Where(run => left.Contains(run.Settings.Name))], _clock, cores: 1) is { } time
            ? $"at least {Amount.Time(time / workers)} at this machine's pace (from a short trial; updated as cells are done)"
            : "unknown: the models are too large for a short trial";
    }
}
