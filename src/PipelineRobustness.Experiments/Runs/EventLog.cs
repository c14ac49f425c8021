using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Nodes;
using PipelineRobustness.Pipeline;

namespace PipelineRobustness.Experiments;

/// <summary><c>events.jsonl</c>: a line of JSON for every committed iteration, verdict, evaluation and long wait.</summary>
public sealed class EventLog : IDisposable
{
    private static readonly JsonSerializerOptions Line = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };
    private readonly StreamWriter _writer;

    /// <summary>Begins the file anew.</summary>
    public EventLog(string path) => _writer = new StreamWriter(path, append: false) { NewLine = "\n", AutoFlush = true };

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
        ["verdicts"] = e.Verdicts.Count,
        ["seconds"] = Math.Round(e.Elapsed.TotalSeconds, 3),
    };

    private static JsonObject Of(IterationAbandoned e) => new()
    {
        ["event"] = "abandoned",
        ["iteration"] = e.Iteration,
        ["tries"] = e.Tries,
        ["repeats"] = e.Repeats,
        ["disagreements"] = e.Disagreements,
        ["verdicts"] = e.Verdicts.Count,
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
