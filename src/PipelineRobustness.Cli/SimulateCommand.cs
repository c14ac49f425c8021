using System.CommandLine;
using System.Globalization;
using PipelineRobustness.Experiments.Campaign;
using PipelineRobustness.Experiments.Results;
using PipelineRobustness.Experiments.Runs;
using PipelineRobustness.Experiments.Scenarios;
using PipelineRobustness.Experiments.Settings;
using PipelineRobustness.Hosting;
using PipelineRobustness.Models;
using PipelineRobustness.Models.Text.Corpora;

namespace PipelineRobustness.Cli;

/// <summary>
/// <c>simulate FILE.conf</c>: simulates an experiment with the scenario that it names. <c>simulate --seeds 1..1000</c>: simulates small
/// runs with failures drawn from each seed. Both are judged.
/// </summary>
internal sealed class SimulateCommand
{
    private const string ScenarioKey = "scenario", NetworkKey = "simulation.network", NodesKey = "simulation.nodes", FlopsKey = "simulation.flops";
    private const int TranscriptLinesMost = 60;

    private static readonly TimeSpan Silence = TimeSpan.FromSeconds(5);

    private readonly Option<string> _seeds = new("--seeds")
    {
        Description = "Draw a small run with failures from each seed; only the file's `campaign` section is used.",
        HelpName = "FIRST..LAST",
    };
    private readonly ExperimentOptions _experiment = new(fileIsOptional: true);
    private readonly Option<string?> _scenario = Over(
        "--scenario", "NAME|FILE.conf", $"The scenario, instead of the one in the file: a file, or one of {string.Join(", ", ScenarioFile.Shipped)}.");
    private readonly Option<string?> _network = Over(
        "--network", "NAME|FILE.conf", $"The network, instead of the one in the file: {Schema.Plain[NetworkKey].Expected}.");
    private readonly Option<string?> _nodes = Over("--nodes", "NUMBER", "The number of machines, instead of the one in the file; 0: one for each stage.");
    private readonly Option<string?> _flops = Over(
        "--flops", "NUMBER", "Floating-point operations per second of a machine, instead of the number in the file.");
    private readonly Option<string?> _out = Over("--out", "DIR", "A folder for simulation.json, with the same numbers and the time of every iteration.");
    private readonly Option<bool> _quiet = new("--quiet") { Description = "Print only results that are not right, and the summary." };
    private readonly TextWriter _output;
    private readonly TimeProvider _clock = TimeProvider.System;

    private SimulateCommand(TextWriter output) => _output = output;

    public static Command Make(TextWriter output)
    {
        var simulate = new SimulateCommand(output);
        var command = new Command(
            "simulate",
            "Simulate an experiment with a scenario in virtual time, or draw small runs with failures from seeds, "
            + "and judge how they end. Exit code 0: all right, 3: a run broke a promise, 4: a run got stuck, 5: a run crashed; the highest code wins.");
        simulate._experiment.AddTo(command);
        Option[] options =
        [
            simulate._scenario, simulate._network, simulate._nodes, simulate._flops, simulate._out, simulate._seeds, simulate._quiet,
        ];
        foreach (var option in options) command.Options.Add(option);

        command.SetAction((parsed, _) => simulate.InvokeAsync(parsed));
        return command;
    }

    private static Option<string?> Over(string name, string helpName, string description) => new(name) { Description = description, HelpName = helpName };

    private Task<int> InvokeAsync(ParseResult parsed)
    {
        var (file, draws) = (_experiment.File(parsed), parsed.GetValue(_seeds) is not null);
        if (draws) ThrowIfOfAFile(parsed);
        return (file, draws) switch
        {
            ({ }, false) => SimulateAsync(parsed),
            (null, false) => throw new BadInputException("simulate: expected an experiment file or --seeds, found neither"),
            (null, _) => DrawAsync(new CampaignRules(), parsed),
            _ => DrawAsync(_experiment.Read(parsed).Campaign, parsed),
        };
    }

    // A drawn run has its own machines and scenario, and no results except those that are printed.
    private void ThrowIfOfAFile(ParseResult parsed)
    {
        Option[] ofAFile = [_scenario, _network, _nodes, _flops, _out, .. _experiment.NotOfSeeds(parsed)];
        if (ofAFile.FirstOrDefault(option => parsed.GetResult(option) is { Implicit: false }) is { } option)
            throw new BadInputException($"{option.Name}: expected without {_seeds.Name}, found with it");
        if (_experiment.SetOutside(parsed, "campaign") is { } set)
            throw new BadInputException($"--set: expected a setting of campaign with {_seeds.Name}, found {OneLine.Of(set)}");
    }

    private async Task<int> SimulateAsync(ParseResult parsed)
    {
        (Option<string?> Option, string Key)[] over = [(_scenario, ScenarioKey), (_network, NetworkKey), (_nodes, NodesKey), (_flops, FlopsKey)];
        var said = over.Where(o => parsed.GetValue(o.Option) is not null)
            .Select(o => (o.Option.Name, $"{o.Key}={HoconWord.Quoted(parsed.GetValue(o.Option)!)}"));
        if (parsed.GetValue(_scenario) is "")
        {
            throw new BadInputException(
                $"{_scenario.Name}: expected a file.conf or one of {string.Join(", ", ScenarioFile.Shipped)}, found an empty name");
        }

        using var folder = new SimulationFolder(parsed.GetValue(_out));
        using var experiment = PreparedExperiment.Prepare(
            _experiment.ReadOver(parsed, [.. said]), CorpusEnvironment.ForUser(new LineSink(_output)));
        foreach (var run in experiment.Runs) ScenarioRun.ThrowIfImpossible(run);
        using var interrupts = new InterruptSignals();
        var console = Consoles.Over(_output);
        foreach (var note in parsed.GetValue(_quiet) ? [] : experiment.Runs.SelectMany(run => run.ModelNotes).Distinct())
            await _output.WriteLineAsync($"note: {note}").ConfigureAwait(false);

        var results = new List<ScenarioResult>();
        try
        {
            foreach (var run in experiment.Runs)
            {
                if (ScenarioRun.Of(run, Progress(run), interrupts.Token) is not { } result) return ExitCode.Interrupted;
                results.Add(result);
                if (result.Verdict != CaseVerdict.Right || !parsed.GetValue(_quiet)) SimulationReport.Print(result, console);
            }
        }
        finally
        {
            // Finished runs are kept even if another failed.
            if (folder.Write(experiment.Settings, results) is { } kept) await _output.WriteLineAsync(kept).ConfigureAwait(false);
        }

        return (int)results.Max(result => result.Verdict);
    }

    private Action<ScenarioProgress> Progress(PreparedRun run)
    {
        var reportedAt = _clock.GetTimestamp();
        return now =>
        {
            if (_clock.GetElapsedTime(reportedAt) < Silence) return;
            reportedAt = _clock.GetTimestamp();
            _output.WriteLine(string.Create(
                CultureInfo.InvariantCulture,
                $"{run.Settings.Name}{(now.Undisturbed ? ", undisturbed first" : "")}: iteration {now.Iterations} of {run.Settings.Training.Iterations}, "
                + $"virtual time {now.Elapsed.TotalSeconds:0.0} s"));
        };
    }

    private async Task<int> DrawAsync(CampaignRules rules, ParseResult parsed)
    {
        var (first, last) = Range(parsed.GetValue(_seeds)!);
        var command = ShellWords.Join(["simulate", .. _experiment.Words(parsed)]);
        var tally = new CampaignTally();
        var quiet = parsed.GetValue(_quiet);
        using var interrupts = new InterruptSignals();
        var reportedAt = _clock.GetTimestamp();
        for (var seed = first; seed <= last && !interrupts.Token.IsCancellationRequested; seed++)
        {
            var end = CaseJudge.Judge(CampaignDraw.Of(seed, rules));
            tally.Add(end);
            if (end.Verdict != CaseVerdict.Right) await ReportAsync(end, command).ConfigureAwait(false);
            if (!quiet && _clock.GetElapsedTime(reportedAt) > Silence)
            {
                reportedAt = _clock.GetTimestamp();
                await _output.WriteLineAsync($"after seed {seed} of {first} to {last}: {tally.Verdicts}").ConfigureAwait(false);
            }

            if (seed == ulong.MaxValue) break;
        }

        await _output.WriteLineAsync(tally.Summary).ConfigureAwait(false);
        foreach (var line in tally.Lines) await _output.WriteLineAsync(line).ConfigureAwait(false);
        return tally.Worst != CaseVerdict.Right ? (int)tally.Worst : interrupts.Token.IsCancellationRequested ? ExitCode.Interrupted : ExitCode.Done;
    }

    // Repeated lines are printed once.
    private static IEnumerable<string> WithoutRepeats(IEnumerable<string> transcript)
    {
        var before = "";
        foreach (var line in transcript)
        {
            var said = line[(line.IndexOf(" s  ", StringComparison.Ordinal) + 1)..];
            if (said != before) yield return line;
            before = said;
        }
    }

    private async Task ReportAsync(CaseEnd end, string command)
    {
        await _output.WriteLineAsync($"seed {end.Case.Seed}: {end.Verdict}: {end.Why}").ConfigureAwait(false);
        var small = Shrinking.Of(end);
        await _output.WriteLineAsync($"  smallest case found: {small.Case}").ConfigureAwait(false);
        foreach (var line in WithoutRepeats(small.Transcript).TakeLast(TranscriptLinesMost))
            await _output.WriteLineAsync($"  {OneLine.Of(line, 300)}").ConfigureAwait(false);
        await _output.WriteLineAsync($"  repeat with: {TypedCommand.Of($"{command} {_seeds.Name} {end.Case.Seed}")}").ConfigureAwait(false);
    }

    private (ulong First, ulong Last) Range(string text)
    {
        var parts = text.Split("..");
        var range = parts.Select(part => ulong.TryParse(part, NumberStyles.None, CultureInfo.InvariantCulture, out var seed) ? seed : (ulong?)null).ToArray();
        return range is [{ } only] ? (only, only)
            : range is [{ } first, { } last] && first <= last ? (first, last)
            : throw new BadInputException($"{_seeds.Name}: expected a number or FIRST..LAST, found {OneLine.Of(text)}");
    }
}
