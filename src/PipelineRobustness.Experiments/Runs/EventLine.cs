using System.Collections.Immutable;
using System.Globalization;
using System.Text.Json.Nodes;
using PipelineRobustness.Adversity.Attacks;
using PipelineRobustness.Pipeline.Messages;
using PipelineRobustness.Pipeline.Ports;
using PipelineRobustness.Pipeline.Referee;
using PipelineRobustness.Pipeline.Running;

namespace PipelineRobustness.Experiments.Runs;

/// <summary>An event as lines of JSON, its verdicts before it, and back.</summary>
internal static class EventLine
{
    /// <summary>The kind of the line with which a run begins.</summary>
    public const string Began = "began";

    /// <summary>The kind of a verdict's line: it belongs to the iteration whose line follows.</summary>
    public const string Verdict = "verdict";

    /// <summary>The kind of a ruling's line: it belongs to the iteration whose line follows, or to one that was recorded before.</summary>
    public const string Ruling = "ruling";

    /// <summary>The kind of a committed iteration's line.</summary>
    public const string Iteration = "iteration";

    /// <summary>The kind of the line of an iteration that was given up.</summary>
    public const string Abandoned = "abandoned";

    private const string Evaluation = "evaluation";
    private const string NotFinite = "not-finite";
    private const string ForwardName = "forward";
    private const string DirectionKey = "direction";
    private const string ActKey = "act";

    /// <summary>The line with which a run begins.</summary>
    public static JsonObject OfBeginning(string identity, JsonObject content)
    {
        var line = new JsonObject { ["event"] = Began, ["identity"] = identity };
        foreach (var (name, value) in content) line[name] = value?.DeepClone();
        return line;
    }

    /// <summary>The lines of an event; none for events that are not logged.</summary>
    public static IEnumerable<JsonObject> Of(RunEvent occurrence) => occurrence switch
    {
        IterationCommitted e => [.. e.Verdicts.Select(Of), .. e.Rulings.Select(Of), Of(e)],
        RulingMade e => [Of(e.Ruling)],
        IterationAbandoned e => [.. e.Verdicts.Select(Of), Of(e)],
        Evaluated e => [Of(e)],
        NumberNotFinite e => [Of(e)],
        WaitReported e => [new() { ["event"] = "wait", ["who"] = e.Who, ["what"] = e.What, ["since"] = e.Since.ToString("O") }],
        NodeLeftOut e => [Of(e)],
        MessageRefused e => [new() { ["event"] = "refused", ["message"] = e.Kind, ["from"] = e.From, ["fault"] = e.Fault }],
        RecoveryBegan e => [new() { ["event"] = "recovery", ["iterations"] = e.Version, ["reason"] = e.Reason }],
        RecoveryEnded e => [Of(e)],
        CheckpointWritten { Error: { } error } e =>
            [new() { ["event"] = "checkpoint", ["iterations"] = e.Version, ["trouble"] = error }],
        _ => [],
    };

    /// <summary>
    /// The event of a line. What is written of waits, recoveries, checkpoints and nodes is for people: only its kind is read.
    /// </summary>
    /// <returns>Null if no result depends on it.</returns>
    /// <param name="line">The line.</param>
    /// <param name="verdicts">The verdicts of an iteration.</param>
    /// <param name="rulings">Its rulings.</param>
    public static RunEvent? Read(JsonObject line, IEnumerable<Verdict> verdicts, IEnumerable<Ruling> rulings) => (string?)line["event"] switch
    {
        Iteration => ReadIteration(line, [.. verdicts], [.. rulings]),
        Ruling => new RulingMade(RulingLine.Read(line)),
        NotFinite => ReadNotFinite(line),
        Evaluation => new Evaluated((long)line["iterations"]!, Number(line["loss"]), (long)line["targets"]!),
        "recovered" => new RecoveryEnded((long)line["iterations"]!, (string)line["how"]!, [], TimeSpan.Zero),
        _ => null,
    };

    /// <summary>Whether a line is of what lies after so many iterations; a number that is not finite is why the next one did not follow.</summary>
    public static bool IsAfter(string text, long iterations)
    {
        var line = JsonNode.Parse(text)!;
        return (string?)line["event"] switch
        {
            Iteration or Verdict or Ruling => (long)line["iteration"]! >= iterations,
            NotFinite => (long)line["iteration"]! > iterations,
            Evaluation => (long)line["iterations"]! > iterations,
            _ => false,
        };
    }

    /// <summary>The verdict of a line.</summary>
    public static Verdict ReadVerdict(JsonObject line) => new(
        (long)line["iteration"]!, (int)line["attempt"]!, (int)line["pass"]!, (int)line["microBatch"]!, Way(line),
        (int)line["accused"]!, (int)line["accusedBy"]!, (double?)line["distance"] ?? double.PositiveInfinity);

    /// <summary>How many rulings an iteration's line counts.</summary>
    public static int RulingsOf(JsonObject line) => (int?)line["rulings"] ?? 0;

    private static IterationCommitted ReadIteration(JsonObject line, ImmutableArray<Verdict> verdicts, ImmutableArray<Ruling> rulings)
    {
        var iteration = (long)line["iteration"]!;
        var attacks = line["attacks"]!.AsArray().Select(a => new AttackEvent(iteration, (int)a!["attempt"]!, ActOf(a.AsObject()), (int)a["stage"]!));
        return new IterationCommitted(
            iteration, Number(line["loss"]), (double)line["learningRate"]!, Number(line["gradientNorm"]), (int)line["attempts"]!,
            (int)line["repeats"]!, (int)line["disagreements"]!, (int)line["passes"]!, Numbers(line["skipped"]!), Numbers(line["frozen"]!),
            verdicts, [AttackEvent.ToNote(attacks)], Numbers(line["refetched"]!), TimeSpan.FromSeconds((double)line["seconds"]!), rulings,
            [.. (line["digests"]?.AsArray() ?? []).Select(digest => UInt128.Parse((string)digest!, NumberStyles.HexNumber, CultureInfo.InvariantCulture))],
            new AuditKeys(AuditKeyText.Read(line["auditKeys"]?["pass"]), AuditKeyText.Read(line["auditKeys"]?["step"])));
    }

    /// <summary>A number that was not finite, as in its line and in <c>experiment.json</c>.</summary>
    public static JsonObject Of(NumberNotFinite e) => new()
    {
        ["event"] = NotFinite,
        ["iteration"] = e.Iteration,
        ["stage"] = e.Stage,
        ["what"] = EnumWord.Of(e.Part),
        ["detail"] = e.Detail,
    };

    /// <summary>A number that was not finite, read back.</summary>
    public static NumberNotFinite ReadNotFinite(JsonObject line) => new(
        (long)line["iteration"]!, (int)line["stage"]!, EnumWord.Read<NotFinitePart>(line["what"]), (string)line["detail"]!);

    private static JsonObject Of(Evaluated e) => new()
    {
        ["event"] = Evaluation,
        ["iterations"] = e.Iteration,
        ["loss"] = Finite.Of(e.Loss),
        ["perplexity"] = Finite.Of(Math.Exp(e.Loss)),
        ["targets"] = e.Targets,
    };

    private static JsonObject Of(NodeLeftOut e) => new()
    {
        ["event"] = "left-out",
        ["node"] = e.Node.Name,
        ["fingerprint"] = e.Fingerprint is { } found ? NodeLeftOut.Hex(found) : null,
        ["expected"] = NodeLeftOut.Hex(e.Expected),
    };

    private static JsonObject Of(RecoveryEnded e) => new()
    {
        ["event"] = "recovered",
        ["iterations"] = e.Version,
        ["how"] = e.How,
        ["placement"] = new JsonArray([.. e.Placement.Select(node => (JsonNode)node.Name)]),
        ["seconds"] = Math.Round(e.Took.TotalSeconds, 3),
    };

    private static JsonObject Of(Ruling ruling)
    {
        var line = RulingLine.Of(ruling);
        line.Insert(0, "event", Ruling);
        return line;
    }

    private static JsonObject Of(IterationCommitted e)
    {
        var line = OfCommit(e);
        if (e.Audits.Any) line["auditKeys"] = new JsonObject { ["pass"] = AuditKeyText.Of(e.Audits.Pass), ["step"] = AuditKeyText.Of(e.Audits.Step) };
        if (e.Digests.IsEmpty && e.Rulings.IsEmpty) return line;
        line["rulings"] = e.Rulings.Length;
        line["digests"] = new JsonArray([.. e.Digests.Select(digest => (JsonNode)digest.ToString("x32", CultureInfo.InvariantCulture))]);
        return line;
    }

    private static JsonObject OfCommit(IterationCommitted e) => new()
    {
        ["event"] = Iteration,
        ["iteration"] = e.Iteration,
        ["loss"] = Finite.Of(e.Loss),
        ["learningRate"] = e.LearningRate,
        ["gradientNorm"] = Finite.Of(e.GradientNorm),
        ["attempts"] = e.Attempts,
        ["repeats"] = e.Repeats,
        ["disagreements"] = e.Disagreements,
        ["passes"] = e.Passes,
        ["skipped"] = Numbers(e.Skipped),
        ["frozen"] = Numbers(e.Frozen),
        ["refetched"] = Numbers(e.Refetched),
        ["attacks"] = Attacks(e.Notes),
        ["verdicts"] = e.Verdicts.Length,
        ["seconds"] = Math.Round(e.Elapsed.TotalSeconds, 3),
    };

    private static JsonObject Of(IterationAbandoned e) => new()
    {
        ["event"] = Abandoned,
        ["iteration"] = e.Iteration,
        ["attempts"] = e.Attempts,
        ["repeats"] = e.Repeats,
        ["disagreements"] = e.Disagreements,
        ["attacks"] = Attacks(e.Notes),
        ["verdicts"] = e.Verdicts.Length,
    };

    private static JsonObject Of(Verdict v) => new()
    {
        ["event"] = Verdict,
        ["iteration"] = v.Iteration,
        ["attempt"] = v.Attempt,
        ["pass"] = v.Pass,
        ["microBatch"] = v.MicroBatch,
        ["direction"] = Name(v.Direction),
        ["accused"] = v.Suspect,
        ["accusedBy"] = v.NoticedBy,
        ["distance"] = Finite.Of(v.Distance),
    };

    // Independent of which stage noted them first, and how often.
    private static JsonArray Attacks(IEnumerable<string> notes) => new(
    [
        .. notes.SelectMany(AttackEvent.Parse).Distinct().OrderBy(a => (a.Attempt, a.Act, a.Stage))
            .Select(a => new JsonObject { ["attempt"] = a.Attempt, [KeyOf(a.Act)] = AttackEvent.Word(a.Act), ["stage"] = a.Stage }),
    ]);

    private static string KeyOf(Act act) => act is Act.Forward or Act.Backward ? DirectionKey : ActKey;

    private static Act ActOf(JsonObject attack) => AttackEvent.ActOf((string)(attack[DirectionKey] ?? attack[ActKey])!);

    private static string Name(Direction direction) => direction == Direction.Forward ? ForwardName : "backward";

    private static Direction Way(JsonObject line) => (string)line["direction"]! == ForwardName ? Direction.Forward : Direction.Backward;

    private static double Number(JsonNode? number) => (double?)number ?? double.NaN;

    private static JsonArray Numbers(IEnumerable<int> numbers) => new([.. numbers.Select(n => (JsonNode)n)]);

    private static ImmutableArray<int> Numbers(JsonNode numbers) => [.. numbers.AsArray().Select(n => (int)n!)];
}
