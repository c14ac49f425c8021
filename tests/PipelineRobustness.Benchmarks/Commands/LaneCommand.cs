using System.CommandLine;

namespace PipelineRobustness.Benchmarks;

/// <summary>
/// <c>lane</c>: throughput of 4 MiB tensors on loopback over a lane, a plain socket, a TLS stream and Akka.Remote, in
/// turn.
/// </summary>
internal static class LaneCommand
{
    private const double Megabyte = 1e6, MillisecondsPerGigabyte = 1e6, PerSecondGoal = 1000, ShareGoal = 0.8;
    private const int AkkaShare = 8;

    public static Command Make(TextWriter output, TextWriter progress)
    {
        var rounds = PositiveOption.Of("--rounds", 7, "Rounds; each runs all cases in turn.");
        var messages = PositiveOption.Of("--messages", 256, "Messages per case and round; Akka.Remote gets an eighth of them.");
        var command = new Command("lane", "Throughput of tensors by lane, relative to a plain socket, a TLS stream and Akka.Remote.")
        {
            rounds, messages,
        };
        command.SetAction(parsed => Measure(parsed.GetValue(rounds), parsed.GetValue(messages), output, progress));
        return command;
    }

    private static int Measure(int rounds, int messages, TextWriter output, TextWriter progress)
    {
        Machine.Print(output);
        using var certificates = new TestCertificates();
        using var socket = new StreamTraffic(null);
        using var lane = new LaneTraffic(null);
        using var tls = new StreamTraffic(certificates);
        using var laneTls = new LaneTraffic(certificates);
        using var akka = new AkkaTraffic();
        (string Name, Func<int, double> Send, int Messages)[] cases =
        [
            ("plain socket", socket.Send, messages), ("lane", lane.Send, messages), ("bare SslStream", tls.Send, messages),
            ("lane with TLS", laneTls.Send, messages), ("Akka.Remote", akka.Send, Math.Max(1, messages / AkkaShare)),
        ];
        var found = cases.ToDictionary(one => one.Name, _ => new List<double>());
        var cpu = cases.ToDictionary(one => one.Name, _ => new List<double>());
        var machine = new Machine();
        for (var round = 0; round <= rounds; round++)
        {
            foreach (var (name, send, count) in cases)
            {
                var (timer, megabytes) = (ResourceTimer.Begin(), count * LaneTraffic.MessageBytes / Megabyte);
                var speed = megabytes / send(count);
                // The first round warms up the JIT compiler.
                if (round == 0) continue;
                found[name].Add(speed);
                cpu[name].Add(timer.CpuElapsed.TotalSeconds / megabytes * MillisecondsPerGigabyte);
            }

            progress.WriteLine(round == 0 ? "warm-up" : $"round {round} of {rounds}: load {Machine.Load ?? "unknown"}");
        }

        foreach (var (name, speeds) in found)
            output.WriteLine($"{name,-20} {Spread.Of(speeds).Show("0"),-24} MB/s, {Spread.Of(cpu[name]).Show("0"),-20} ms of CPU per GB");
        machine.PrintOthers(output);
        return Judge(found, output);
    }

    private static int Judge(Dictionary<string, List<double>> found, TextWriter output)
    {
        Spread Over(string one, string other) => Spread.Of(found[one].Zip(found[other], (above, below) => above / below));
        var goals = new Goals(output, null);
        goals.AtLeast("lane, MB/s", PerSecondGoal, Spread.Of(found["lane"]));
        goals.AtLeast("lane over plain socket", ShareGoal, Over("lane", "plain socket"));
        goals.AtLeast("lane with TLS over bare SslStream", ShareGoal, Over("lane with TLS", "bare SslStream"));
        output.WriteLine($"lane over Akka.Remote {Over("lane", "Akka.Remote").Show("0.0")}");
        return goals.ExitCode;
    }
}
