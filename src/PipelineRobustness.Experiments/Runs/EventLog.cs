using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Nodes;
using PipelineRobustness.Models;
using PipelineRobustness.Pipeline;

namespace PipelineRobustness.Experiments;

/// <summary>What was measured in the course of a run.</summary>
/// <param name="Losses">Training loss of every iteration.</param>
/// <param name="Evaluations">Evaluation loss wherever it was measured.</param>
public sealed record Curves(List<LossPoint> Losses, List<LossPoint> Evaluations);

/// <summary><c>events.jsonl</c>: a line of JSON for every committed iteration, verdict, evaluation and long wait.</summary>
public sealed class EventLog : IDisposable
{
    private static readonly JsonSerializerOptions Line = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };
    private readonly StreamWriter _writer;

    /// <summary>Opens the file; what stands in it of <paramref name="kept"/> runs stays, and nothing else.</summary>
    public EventLog(string path, IReadOnlyCollection<string> kept)
    {
        Keep(path, kept);
        _writer = new StreamWriter(path, append: true) { NewLine = "\n", AutoFlush = true };
    }

    /// <summary>
    /// The curves of the runs in a file, by name. A line that is none, as the last one after a crash, counts as not written.
    /// </summary>
    public static IReadOnlyDictionary<string, Curves> Curves(string path)
    {
        var curves = new Dictionary<string, Curves>();
        foreach (var (_, run, line) in Events(path))
        {
            if (!curves.TryGetValue(run, out var curve))
                curves[run] = curve = new Curves([], []);

            var loss = (double?)line["loss"] ?? double.NaN;
            if ((string?)line["event"] == "iteration")
                curve.Losses.Add(new LossPoint((long)line["iteration"]! + 1, loss));
            else if ((string?)line["event"] == "evaluation")
                curve.Evaluations.Add(new LossPoint((long)line["iterations"]!, loss));
        }

        return curves;
    }

    /// <summary>Writes an event of a run, its verdicts before it.</summary>
    public void Write(string run, RunEvent occurrence)
    {
        foreach (var line in Lines(occurrence))
        {
            line.Insert(0, "run", run);
            _writer.WriteLine(line.ToJsonString(Line));
        }
    }

    /// <inheritdoc/>
    public void Dispose() => _writer.Dispose();

    private static void Keep(string path, IReadOnlyCollection<string> kept) => ReplacedFile.Write(path, file =>
    {
        using var writer = new StreamWriter(file, leaveOpen: true) { NewLine = "\n" };
        if (kept.Count == 0)
            return;

        foreach (var (text, run, _) in Events(path))
        {
            if (kept.Contains(run))
                writer.WriteLine(text);
        }
    });

    private static IEnumerable<(string Text, string Run, JsonObject Line)> Events(string path)
    {
        foreach (var text in File.Exists(path) ? File.ReadLines(path) : [])
        {
            JsonNode? line = null;
            try
            {
                line = JsonNode.Parse(text);
            }
            catch (JsonException)
            {
                // Torn off where the process ended.
            }

            if (line is JsonObject whole && whole["run"]?.GetValueKind() == JsonValueKind.String)
                yield return (text, (string)whole["run"]!, whole);
        }
    }

    private static IEnumerable<JsonObject> Lines(RunEvent occurrence) => occurrence switch
    {
        IterationCommitted e => [.. e.Verdicts.Select(Of), Of(e)],
        IterationAbandoned e => [.. e.Verdicts.Select(Of), Of(e)],
        Evaluated e => [Of(e)],
        WaitReported e => [new() { ["event"] = "wait", ["who"] = e.Who, ["what"] = e.What, ["since"] = e.Since.ToString("O") }],
        _ => [],
    };

    private static JsonObject Of(Evaluated e) => new()
    {
        ["event"] = "evaluation",
        ["iterations"] = e.Iteration,
        ["loss"] = Finite.Of(e.Loss),
        ["perplexity"] = Finite.Of(Math.Exp(e.Loss)),
        ["targets"] = e.Targets,
    };

    private static JsonObject Of(IterationCommitted e) => new()
    {
        ["event"] = "iteration",
        ["iteration"] = e.Iteration,
        ["loss"] = Finite.Of(e.Loss),
        ["learningRate"] = e.LearningRate,
        ["gradientNorm"] = Finite.Of(e.GradientNorm),
        ["tries"] = e.Tries,
        ["repeats"] = e.Repeats,
        ["disagreements"] = e.Disagreements,
        ["passes"] = e.Passes,
        ["skipped"] = Numbers(e.Skipped),
        ["frozen"] = Numbers(e.Frozen),
        ["refetched"] = Numbers(e.Refetched),
        ["verdicts"] = e.Verdicts.Length,
        ["seconds"] = Math.Round(e.Elapsed.TotalSeconds, 3),
    };

    private static JsonObject Of(IterationAbandoned e) => new()
    {
        ["event"] = "abandoned",
        ["iteration"] = e.Iteration,
        ["tries"] = e.Tries,
        ["repeats"] = e.Repeats,
        ["disagreements"] = e.Disagreements,
        ["verdicts"] = e.Verdicts.Length,
    };

    private static JsonObject Of(Verdict v) => new()
    {
        ["event"] = "verdict",
        ["iteration"] = v.Iteration,
        ["try"] = v.Try,
        ["pass"] = v.Pass,
        ["microBatch"] = v.MicroBatch,
        ["direction"] = v.Direction == Direction.Forward ? "forward" : "backward",
        ["accused"] = v.Accused,
        ["accusedBy"] = v.AccusedBy,
        ["distance"] = Finite.Of(v.Distance),
    };

    private static JsonArray Numbers(IEnumerable<int> numbers) => new([.. numbers.Select(n => (JsonNode)n)]);
}
