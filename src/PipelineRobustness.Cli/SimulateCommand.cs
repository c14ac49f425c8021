using System.CommandLine;
using System.Globalization;
using PipelineRobustness.Experiments;
using PipelineRobustness.Models;

namespace PipelineRobustness.Cli;

/// <summary><c>simulate --seeds 1..1000</c>: small runs with trouble drawn from each seed, judged by oracles.</summary>
internal sealed class SimulateCommand
{
    private const int TranscriptLinesMost = 60;

    private readonly Option<string> _seeds = new("--seeds")
    {
        Description = "Which seeds: one number, or FIRST..LAST.",
        HelpName = "FIRST..LAST",
        Required = true,
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
            "Draw a small run and its trouble from each seed, play it twice on simulated machines in virtual time, and judge how it ends. "
            + "Exit code 0: all right, 3: some ended otherwise than promised, 4: stuck, 5: crashed; of several the highest.");
        command.Options.Add(simulate._seeds);
        command.Options.Add(simulate._quiet);
        command.SetAction((parsed, _) => simulate.InvokeAsync(parsed));
        return command;
    }

    private async Task<int> InvokeAsync(ParseResult parsed)
    {
        var (first, last) = Range(parsed.GetValue(_seeds)!);
        var tally = new CampaignTally();
        var quiet = parsed.GetValue(_quiet);
        using var interrupts = new Interrupts();
        var told = _clock.GetTimestamp();
        for (var seed = first; seed <= last && !interrupts.Token.IsCancellationRequested; seed++)
        {
            var end = CaseJudge.Judge(CampaignDraw.Of(seed));
            tally.Add(end);
            if (end.Verdict != CaseVerdict.Right) await TellAsync(end).ConfigureAwait(false);
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

    private async Task TellAsync(CaseEnd end)
    {
        await _output.WriteLineAsync($"seed {end.Case.Seed}: {end.Verdict}: {end.Why}").ConfigureAwait(false);
        var small = Shrinking.Of(end);
        await _output.WriteLineAsync($"  as small as it gets: {small.Case}").ConfigureAwait(false);
        foreach (var line in small.Transcript.TakeLast(TranscriptLinesMost)) await _output.WriteLineAsync($"  {OneLine.Of(line, 300)}").ConfigureAwait(false);
        await _output.WriteLineAsync($"  again: pipeline-robustness simulate --seeds {end.Case.Seed}").ConfigureAwait(false);
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
