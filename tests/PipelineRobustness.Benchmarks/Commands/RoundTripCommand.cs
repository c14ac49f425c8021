using System.CommandLine;
using System.Globalization;

namespace PipelineRobustness.Benchmarks;

/// <summary>
/// <c>round-trip</c>: the round-trip time of a control message between two processes whose cores are all computing and
/// whose lanes are never empty, with compute threads at normal and at lower priority, in turn.
/// </summary>
internal static class RoundTripCommand
{
    private const string Peer = "round-trip-peer";
    private const double GoalMilliseconds = 50;
    private const double Percentile = 0.99;
    private const double MiB = 1 << 20;

    private static readonly int[] Nicenesses = [0, 10];
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(10);

    public static IEnumerable<Command> Make(TextWriter output, TextWriter progress)
    {
        var rounds = PositiveOption.Of("--rounds", 3, "Rounds.");
        var messages = PositiveOption.Of("--messages", 500, "Messages per round, 10 ms apart.");
        const string About = "The round-trip time of a control message while all cores compute and the lanes are full.";
        var command = new Command("round-trip", About) { rounds, messages };
        command.SetAction((parsed, _) => MeasureAsync(parsed.GetValue(rounds), parsed.GetValue(messages), output, progress));

        var lanePort = new Argument<int>("LANE-PORT");
        var niceness = new Argument<int>("NICENESS");
        var peer = new Command(Peer, "The peer process of round-trip.") { lanePort, niceness };
        peer.Hidden = true;
        peer.SetAction((parsed, _) => AnswerAsync(parsed.GetValue(lanePort), parsed.GetValue(niceness), output));
        return [command, peer];
    }

    private static async Task<int> MeasureAsync(int rounds, int messages, TextWriter output, TextWriter progress)
    {
        Machine.Print(output);
        var machine = new Machine();
        var found = Nicenesses.ToDictionary(n => n, _ => new List<double>());
        for (var round = 0; round < rounds; round++)
        {
            foreach (var niceness in Nicenesses)
            {
                var (times, rate) = await RoundAsync(niceness, messages).ConfigureAwait(false);
                found[niceness].Add(times[(int)(Percentile * (times.Length - 1))]);
                progress.WriteLine(string.Create(
                    CultureInfo.InvariantCulture,
                    $"round {round}, niceness {niceness}: median {times[times.Length / 2]:0.0} ms, 99 % within {found[niceness][^1]:0.0} ms, "
                    + $"slowest {times[^1]:0.0} ms; {rate:0} MiB/s received by lane"));
            }
        }

        machine.PrintOthers(output);
        var goals = new Goals(output, notJudgedBecause: null);
        output.WriteLine($"99th percentile in ms, niceness 0: {Spread.Of(found[Nicenesses[0]]).Show("0.0")}");
        goals.AtMost($"99th percentile in ms, niceness {Nicenesses[1]}", GoalMilliseconds, Spread.Of(found[Nicenesses[1]]));
        return goals.ExitCode;
    }

    private static async Task<(double[] Times, double Rate)> RoundAsync(int niceness, int messages)
    {
        await using var node = new BusyNode(0);
        using var peer = ChildProcess.Start(Peer, $"{node.LanePort}", $"{niceness}");
        var ports = (await peer.StandardOutput.ReadLineAsync().ConfigureAwait(false) ?? throw new InvalidOperationException("the peer wrote nothing"))
            .Split(' ').Select(port => int.Parse(port, CultureInfo.InvariantCulture)).ToArray();
        node.Work(ports[1], niceness);
        var clock = TimeProvider.System;
        using var pause = new PeriodicTimer(Pause, clock);

        // The first messages are slow for other reasons: new connections and code that is not yet compiled.
        for (var i = 0; i < messages / 5; i++) await node.RoundTripAsync(ports[0], clock).ConfigureAwait(false);
        var (times, began, before) = (new double[messages], clock.GetTimestamp(), node.Received);
        for (var i = 0; i < messages; i++)
        {
            await pause.WaitForNextTickAsync().ConfigureAwait(false);
            times[i] = (await node.RoundTripAsync(ports[0], clock).ConfigureAwait(false)).TotalMilliseconds;
        }

        var rate = (node.Received - before) / MiB / clock.GetElapsedTime(began).TotalSeconds;
        peer.Kill();
        await peer.WaitForExitAsync().ConfigureAwait(false);
        Array.Sort(times);
        return (times, rate);
    }

    private static async Task<int> AnswerAsync(int lanePort, int niceness, TextWriter output)
    {
        await using var node = new BusyNode(1);
        output.WriteLine($"{node.Port} {node.LanePort}");
        node.Work(lanePort, niceness);
        await Task.Run(Console.In.ReadToEnd).ConfigureAwait(false);
        return 0;
    }
}
