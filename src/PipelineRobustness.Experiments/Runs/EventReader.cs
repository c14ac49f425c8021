using System.Text.Json;
using System.Text.Json.Nodes;
using PipelineRobustness.Models.Files;
using PipelineRobustness.Pipeline.Messages;
using PipelineRobustness.Pipeline.Referee;
using PipelineRobustness.Pipeline.Running;

namespace PipelineRobustness.Experiments.Runs;

/// <summary>
/// Reads <c>events.jsonl</c> back. A line that cannot be read, or holds half a surrogate pair, counts as not written, as does a verdict or
/// ruling whose iteration's line is missing, an iteration some of whose verdicts or rulings are, and everything after a gap; an iteration
/// that was given up is
/// left out, since a resumed run starts it again.
/// </summary>
internal sealed class EventReader
{
    private readonly Dictionary<string, RunRecord> _records = [];
    private readonly Dictionary<string, List<(string Text, Verdict Verdict)>> _verdicts = [];
    private readonly Dictionary<string, List<(string Text, Ruling Ruling)>> _rulings = [];

    /// <summary>What is recorded of each run, by name, as far as <see cref="Whole"/> has come.</summary>
    public IReadOnlyDictionary<string, RunRecord> Records => _records;

    /// <summary>What is recorded of each run in a file, by name.</summary>
    public static IReadOnlyDictionary<string, RunRecord> Of(string path) => Read(path).Records;

    /// <summary>A file, read to its end.</summary>
    public static EventReader Read(string path)
    {
        var reading = new EventReader();
        foreach (var _ in reading.Whole(path))
        {
            // Only what is recorded is wanted.
        }

        return reading;
    }

    /// <summary>
    /// The rulings of a run: those that are recorded, and those of an iteration that is not, or that were made when the final state was
    /// collected.
    /// </summary>
    public IReadOnlyList<Ruling> RulingsOf(string run) =>
    [
        .. _records.TryGetValue(run, out var record) ? record.Rulings : [],
        .. _rulings.GetValueOrDefault(run, []).Select(pending => pending.Ruling),
    ];

    /// <summary>The events that count, in order: whose, and their lines.</summary>
    public IEnumerable<(string Run, IReadOnlyList<string> Lines)> Whole(string path)
    {
        foreach (var text in File.Exists(path) ? File.ReadLines(path) : [])
        {
            if (Parsed(text) is { } line && (string?)line["run"] is { } run && Lines(run, text, line) is { Count: > 0 } lines)
                yield return (run, lines);
        }
    }

    private static JsonObject? Parsed(string text)
    {
        try
        {
            var json = JsonText.Of(text);
            return json.Halves.Count == 0 && JsonNode.Parse(json.Text) is JsonObject line && line["run"]?.GetValueKind() == JsonValueKind.String
                ? line : null;
        }
        catch (JsonException)
        {
            // Torn off where the process ended.
            return null;
        }
    }

    private List<string> Lines(string run, string text, JsonObject line)
    {
        try
        {
            return (string?)line["event"] switch
            {
                EventLine.Began => Began(run, (string)line["identity"]!, line) ? [text] : [],
                EventLine.Verdict => Pending(run, text, EventLine.ReadVerdict(line)),
                EventLine.Ruling => Pending(run, text, RulingLine.Read(line)),
                EventLine.Abandoned => Forgotten(run),
                EventLine.Iteration => Iteration(run, text, line),
                _ => EventLine.Read(line, [], []) is not { } occurrence || Takes(run, occurrence) ? [text] : [],
            };
        }
        catch (Exception e) when (e is InvalidOperationException or ArgumentException or NullReferenceException or FormatException or OverflowException)
        {
            return [];
        }
    }

    private bool Began(string run, string identity, JsonObject content) => _records.TryAdd(run, new RunRecord(identity, content));

    private List<string> Pending(string run, string text, Verdict verdict)
    {
        if (!_verdicts.TryGetValue(run, out var pending))
            _verdicts[run] = pending = [];

        pending.Add((text, verdict));
        return [];
    }

    // A ruling on an iteration that is recorded was made when the iteration was worked again.
    private List<string> Pending(string run, string text, Ruling ruling)
    {
        if (_records.TryGetValue(run, out var record) && ruling.Iteration < record.Iterations)
            return record.Take(new RulingMade(ruling)) ? [text] : [];

        if (!_rulings.TryGetValue(run, out var pending))
            _rulings[run] = pending = [];

        pending.Add((text, ruling));
        return [];
    }

    private List<string> Forgotten(string run)
    {
        _verdicts.Remove(run);
        _rulings.Remove(run);
        return [];
    }

    private List<string> Iteration(string run, string text, JsonObject line)
    {
        var iteration = (long)line["iteration"]!;
        var verdicts = _verdicts.GetValueOrDefault(run, []).FindAll(v => v.Verdict.Iteration == iteration);
        var rulings = _rulings.GetValueOrDefault(run, []).FindAll(r => r.Ruling.Iteration == iteration);
        _verdicts.Remove(run);
        _rulings.Remove(run);
        return verdicts.Count == (int)line["verdicts"]! && rulings.Count == EventLine.RulingsOf(line)
            && Takes(run, EventLine.Read(line, verdicts.Select(v => v.Verdict), rulings.Select(r => r.Ruling))!)
            ? [.. verdicts.Select(v => v.Text), .. rulings.Select(r => r.Text), text]
            : [];
    }

    private bool Takes(string run, RunEvent occurrence)
    {
        if (!_records.TryGetValue(run, out var record))
            _records[run] = record = new RunRecord();

        try
        {
            return record.Take(occurrence);
        }
        catch (InvalidDataException)
        {
            return false;
        }
    }
}
