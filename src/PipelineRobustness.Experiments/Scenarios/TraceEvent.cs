using PipelineRobustness.Adversity.Failures;
using PipelineRobustness.Adversity.Failures.Kinds;
using PipelineRobustness.Experiments.Settings;
using PipelineRobustness.Models;
using PipelineRobustness.Pipeline.Settings;

namespace PipelineRobustness.Experiments.Scenarios;

/// <summary>
/// The event of a scenario that names a trace: <c>{ trace = "FILE.csv", speed-up = 60, from = 2h, notice = 30s }</c>. A machine
/// that is added joins; one that is removed crashes, or leaves with notice.
/// </summary>
internal static class TraceEvent
{
    private const string Trace = "trace";
    private const string SpeedUp = "speed-up";
    private const string From = "from";
    private const string Notice = "notice";

    private static readonly string[] Words = [Trace, SpeedUp, From, Notice];
    private static readonly SettingKind SpeedUps = new RealNumber(0.01, 1_000_000);

    /// <summary>Whether an event is one of these.</summary>
    public static bool Is(SettingSection section) => section.Find(Trace) is not null;

    /// <summary>The failures of the trace, and the machines that exist at the beginning.</summary>
    /// <param name="section">The event.</param>
    /// <param name="folder">The scenario's folder, to which the trace's path is relative.</param>
    /// <exception cref="BadInputException">Something in it, or in the trace, is wrong.</exception>
    public static Scenario Read(SettingSection section, string folder)
    {
        var words = new SectionWords(section);
        words.ThrowIfUnknown(Words);
        var path = (string)words.Value(Trace, new PathText())!;
        var file = Path.Combine(folder, path);
        if (!File.Exists(file))
            throw new BadInputException($"{section.Find(Trace)!.Origin}: {Trace}: {OneLine.Of(path)}: expected a file, found nothing there");
        var lines = TraceFile.Read(file);
        var from = (TimeSpan?)words.Value(From, new Duration(OrNone: true)) ?? lines[0].At;
        var speed = (double)(words.Value(SpeedUp, SpeedUps) ?? 1.0);
        var notice = (TimeSpan?)words.Value(Notice, new Duration());
        var first = new List<string>();
        foreach (var line in lines.TakeWhile(line => line.At <= from))
        {
            if (line.Comes) first.Add(line.Machine);
            else first.Remove(line.Machine);
        }

        if (first.Count == 0) throw words.Bad(From, "a time at which a machine of the trace is there");
        var came = first.ToDictionary(machine => machine, _ => TimeSpan.Zero);
        return new Scenario(path, [.. lines.SkipWhile(line => line.At <= from).Select(Failure)]) { Machines = first };

        Failure Failure(TraceLine line)
        {
            var at = (line.At - from) / speed;
            var target = new Target(TargetKind.Traced, Node: line.Machine);
            Failure OfTrace(Failure failure, TimeSpan after) => failure with
            {
                Target = target,
                After = after,
                Trace = Path.GetFileName(path),
                Where = $"{section.Origin}",
            };
            if (line.Comes)
            {
                came[line.Machine] = at;
                return OfTrace(new Join(), at);
            }

            if (notice is not { } before) return OfTrace(new Crash(), at);
            // A machine gets no notice before it has joined.
            var noticed = at - came[line.Machine] < before ? came[line.Machine] : at - before;
            return OfTrace(new Leave { Notice = at - noticed }, noticed);
        }
    }
}
