using System.CommandLine;
using System.Globalization;
using PipelineRobustness.Experiments;
using PipelineRobustness.Models;

namespace PipelineRobustness.Cli;

/// <summary>
/// <c>simulate FILE.conf --scenario NAME</c>: an experiment on simulated machines, with trouble. <c>simulate --seeds 1..1000</c>: small
/// runs with trouble drawn from each seed. Both are judged.
/// </summary>
internal sealed class SimulateCommand
{
    private const int TranscriptLinesMost = 60;

    private readonly Option<string> _seeds = new("--seeds")
    {
        Description = "Draw small runs and their trouble, one from each seed; of a file only its section campaign counts.",
        HelpName = "FIRST..LAST",
    };
    private readonly Argument<string?> _file = new("FILE.conf")
    {
        Description = "An experiment file, to be played on simulated machines; with --seeds it may be left out.",
        Arity = ArgumentArity.ZeroOrOne,
    };
    private readonly Option<string> _scenario = new("--scenario")
    {
        Description = $"What goes wrong: a file, or one of {string.Join(", ", ScenarioFile.Shipped)}.",
        HelpName = "NAME|FILE.conf",
        DefaultValueFactory = _ => "crash-and-recover",
    };
    private readonly Option<string> _network = new("--network")
    {
        Description = $"What lies between machines: {string.Join(", ", Networks.Names)}.",
        HelpName = "NAME",
        DefaultValueFactory = _ => Networks.Names[0],
    };
    private readonly Option<int?> _nodes = new("--nodes") { Description = "How many machines; without it one a stage.", HelpName = "NUMBER" };
    private readonly Option<double> _flops = new("--flops")
    {
        Description = "Floating-point operations that a machine does in a second; by default so few that an iteration of a small model takes seconds.",
        HelpName = "NUMBER",
        DefaultValueFactory = _ => 1e7,
    };
    private readonly Option<bool> _quiet = new("--quiet") { Description = "Print only what is not right, and the sum." };
    private readonly TextWriter _output;
    private readonly TimeProvider _clock = TimeProvider.System;

    private SimulateCommand(TextWriter output) => _output = output;

    public static Command Make(TextWriter output)
    {
        var simulate = new SimulateCommand(output);
        var command = new Command(
            "simulate",
            "Play an experiment with a scenario on simulated machines in virtual time, or draw small runs and their trouble from seeds, "
            + "and judge how they end. Exit code 0: all right, 3: some ended otherwise than promised, 4: stuck, 5: crashed; of several the highest.");
        command.Arguments.Add(simulate._file);
        foreach (var option in (Option[])[simulate._scenario, simulate._network, simulate._nodes, simulate._flops, simulate._seeds, simulate._quiet])
            command.Options.Add(option);

        command.SetAction((parsed, _) => simulate.InvokeAsync(parsed));
        return command;
    }

    private Task<int> InvokeAsync(ParseResult parsed) => (parsed.GetValue(_file), parsed.GetValue(_seeds)) switch
    {
        ({ } file, null) => PlayAsync(file, parsed),
        (null, null) => throw new BadInputException("simulate: expected an experiment file or --seeds, found neither"),
        (var file, _) => DrawAsync(file, parsed),
    };

    private async Task<int> PlayAsync(string file, ParseResult parsed)
    {
        var options = ScenarioOptions.Of(
            parsed.GetValue(_scenario)!, parsed.GetValue(_network)!, parsed.GetValue(_nodes), parsed.GetValue(_flops));
        using var experiment = PreparedExperiment.Prepare(
            ExperimentSettings.Read(file, [], null), CorpusSurroundings.OfUser(new LineSink(_output)));
        var worst = CaseVerdict.Right;
        foreach (var run in experiment.Runs)
        {
            var result = ScenarioRun.Of(run, options);
            foreach (var line in Lines(result)) await _output.WriteLineAsync(line).ConfigureAwait(false);
            if (result.Verdict > worst) worst = result.Verdict;
        }

        return (int)worst;
    }

    private static IEnumerable<string> Lines(ScenarioResult result)
    {
        yield return $"{result.Title}: {result.Verdict.ToString().ToLowerInvariant()}: {result.Why}";
        yield return string.Create(
            CultureInfo.InvariantCulture,
            $"  virtual time {result.Elapsed.TotalSeconds:0.000} s, undisturbed {result.Undisturbed.TotalSeconds:0.000} s; {result.Iterations} iterations; "
            + $"computed {result.Computed.TotalSeconds:0.000} s over all stages; {Amount.Bytes(result.BytesMoved)} moved");
        foreach (var (reason, took) in result.Recoveries)
            yield return string.Create(CultureInfo.InvariantCulture, $"  {took.TotalSeconds:0.000} s until it went on: {reason}");
        foreach (var (occurrence, times) in result.Struck) yield return $"  struck {times} times: {occurrence}";
    }

    private async Task<int> DrawAsync(string? file, ParseResult parsed)
    {
        var (first, last) = Range(parsed.GetValue(_seeds)!);
        var rules = CampaignRules.Of(file);
        var command = file is null ? "simulate" : ShellWords.Join(["simulate", file]);
        var tally = new CampaignTally();
        var quiet = parsed.GetValue(_quiet);
        using var interrupts = new Interrupts();
        var told = _clock.GetTimestamp();
        for (var seed = first; seed <= last && !interrupts.Token.IsCancellationRequested; seed++)
        {
            var end = CaseJudge.Judge(CampaignDraw.Of(seed, rules));
            tally.Add(end);
            if (end.Verdict != CaseVerdict.Right) await TellAsync(end, command).ConfigureAwait(false);
            if (!quiet && _clock.GetElapsedTime(told) > TimeSpan.FromSeconds(5))
            {
                told = _clock.GetTimestamp();
                await _output.WriteLineAsync($"seed {seed} of {first} to {last}: {tally.Summary}").ConfigureAwait(false);
            }

            if (seed == ulong.MaxValue) break;
        }

        await _output.WriteLineAsync(tally.Summary).ConfigureAwait(false);
        foreach (var line in tally.Struck) await _output.WriteLineAsync(line).ConfigureAwait(false);
        return tally.Worst != CaseVerdict.Right ? (int)tally.Worst : interrupts.Token.IsCancellationRequested ? ExitCode.Interrupted : ExitCode.Done;
    }

    private async Task TellAsync(CaseEnd end, string command)
    {
        await _output.WriteLineAsync($"seed {end.Case.Seed}: {end.Verdict}: {end.Why}").ConfigureAwait(false);
        var small = Shrinking.Of(end);
        await _output.WriteLineAsync($"  as small as it gets: {small.Case}").ConfigureAwait(false);
        foreach (var line in small.Transcript.TakeLast(TranscriptLinesMost)) await _output.WriteLineAsync($"  {OneLine.Of(line, 300)}").ConfigureAwait(false);
        await _output.WriteLineAsync($"  again: pipeline-robustness {command} --seeds {end.Case.Seed}").ConfigureAwait(false);
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
